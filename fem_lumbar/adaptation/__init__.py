"""Years after a medial branch is lost: muscle, its balance, loads left and right, and what feeds back on the nerve."""
