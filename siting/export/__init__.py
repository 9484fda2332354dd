"""What others open: GIS layers, tables, a workbook, a map, run.json."""
