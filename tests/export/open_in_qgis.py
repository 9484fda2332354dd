"""Run by a Python that has QGIS: open a project, print its layout, and say as JSON what is there."""

import json
import sys

from qgis.core import QgsApplication, QgsLayoutExporter, QgsLayoutItemScaleBar, QgsProject, QgsUnitTypes
from qgis.PyQt.QtGui import QImage

DPI = 60


def main(source: str, picture: str) -> None:
    """Open `source`, draw its layout "Plan" to `picture`, print what was found."""
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    is_read = project.read(source)
    layout = project.layoutManager().layoutByName("Plan")
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = DPI
    drawn = QgsLayoutExporter(layout).exportToImage(picture, settings)
    image = QImage(picture)
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    bars = [item for item in layout.items() if isinstance(item, QgsLayoutItemScaleBar)]
    found = {
        "is_read": is_read,
        "crs": project.crs().authid(),
        "groups": [group.name() for group in project.layerTreeRoot().children()],
        "scale_units": QgsUnitTypes.encodeUnit(bars[0].units()),
        "drawn": int(drawn),
        "colours": sorted({(pixel.red(), pixel.green(), pixel.blue()) for pixel in pixels}),
        "layers": {
            layer.source().split("layername=")[1]: {
                "is_valid": layer.isValid(),
                "rows": layer.featureCount(),
                "crs": layer.crs().authid(),
                "renderer": layer.renderer().type(),
            }
            for layer in project.mapLayers().values()
        },
    }
    print(json.dumps(found))
    application.exitQgis()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
