"""Figures: each is a ratio of things run side by side, since these machines are shared and noisy."""
