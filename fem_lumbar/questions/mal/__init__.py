"""The question of the mamillo-accessory ligament: library of scenarios, evidence, verdicts."""
