"""What the pages of runs and of comparisons say: answer, figures, scene in three dimensions, methods."""
