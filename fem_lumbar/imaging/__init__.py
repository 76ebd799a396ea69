"""Visibility of ossified mamillo-accessory ligaments in images: simulated scans, read as by a radiologist."""
