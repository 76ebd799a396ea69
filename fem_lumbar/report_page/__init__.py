"""The report of a run as one HTML page that needs no network: answer, figures, scene in three dimensions, methods."""
