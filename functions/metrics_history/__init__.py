"""Figures of the installation over time: sampled by the scheduler, rolled up, read for charts."""
