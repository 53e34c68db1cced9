"""The plan of the house: builds every shell once and hands it to the corridors; supervises the processes."""
