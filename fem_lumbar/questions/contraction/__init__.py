"""From rest to maximal contraction: what muscle does to each mamillo-accessory ligament, and it to muscle."""
