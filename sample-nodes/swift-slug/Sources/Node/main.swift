// Nothing runs by itself: the host calls what Exports.swift exposes.
