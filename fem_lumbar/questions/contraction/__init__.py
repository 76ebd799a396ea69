"""From rest to maximal contraction: effect of muscle on each mamillo-accessory ligament, and of the MAL on muscle."""
