"""What images show of ossified mamillo-accessory ligaments: computed scans, read as a radiologist reads them."""
