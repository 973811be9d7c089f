"""How files become pixels: limits before anything is decoded, then pictures and DICOM in blocks of rows."""
