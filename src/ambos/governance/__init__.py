"""Room: controls, regulation packs, evidence documents."""
