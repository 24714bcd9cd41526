"""The fault campaign: payments by real servers that are killed at every moment, and books that agree afterwards."""
