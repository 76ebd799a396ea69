"""Published experiments repeated by the model: validation and calibration."""
