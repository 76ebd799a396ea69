"""Published experiments simulated with the model: validation and calibration."""
