//! Inputs checked against a definition, and text read as a pin's type reads it.
