// Units: a kind, a factor to the kind's base unit, and an offset for temperatures.

class Unit {
  constructor(
    public name: string,
    public kind: string,
    public factor: f64,
    public offset: f64,
  ) {}
}

const UNITS: Unit[] = [
  new Unit("m", "length", 1, 0),
  new Unit("km", "length", 1000, 0),
  new Unit("cm", "length", 0.01, 0),
  new Unit("mile", "length", 1609.344, 0),
  new Unit("foot", "length", 0.3048, 0),
  new Unit("inch", "length", 0.0254, 0),
  new Unit("kg", "mass", 1, 0),
  new Unit("g", "mass", 0.001, 0),
  new Unit("pound", "mass", 0.45359237, 0),
  new Unit("ounce", "mass", 0.028349523125, 0),
  new Unit("K", "temperature", 1, 0),
  new Unit("C", "temperature", 1, 273.15),
  new Unit("F", "temperature", 5.0 / 9.0, 459.67 * 5.0 / 9.0),
];

export function names(): string[] {
  return UNITS.map<string>((unit) => unit.name);
}

function find(name: string): Unit | null {
  for (let at = 0; at < UNITS.length; at++) {
    if (UNITS[at].name == name) return UNITS[at];
  }
  return null;
}

/** A converted value, or why there is none. */
export class Converted {
  value: f64 = 0;
  error: string = "";
}

export function convert(value: f64, from: string, to: string): Converted {
  const converted = new Converted();
  const source = find(from);
  const target = find(to);
  if (source == null || target == null) {
    converted.error = "unknown unit " + (source == null ? from : to);
  } else if (source.kind != target.kind) {
    converted.error = "a " + source.kind + " is no " + target.kind;
  } else {
    const exact = (value * source.factor + source.offset - target.offset) / target.factor;
    // Twelve digits: what is left over from binary fractions is noise.
    converted.value = Math.round(exact * 1e9) / 1e9;
  }
  return converted;
}
