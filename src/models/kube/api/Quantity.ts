/**
 * Quantities of the Kubernetes API ("1.5Gi", "100m", "2e3"): exact values in
 * billionths, and the one text that the server gives a value.
 */

export type Format = "decimal" | "exponent" | "binary"

export interface Quantity {
  /** Billionths; smaller parts are rounded away from zero. */
  readonly nanos: bigint
  readonly format: Format
}

const nano = 1_000_000_000n
const decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

/** What the server says of a text that is no quantity. */
export const syntax = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const unknownSuffix = "unable to parse quantity's suffix"

const ceilDivided = (value: bigint, by: bigint): bigint => {
  const whole = value / by
  return value % by === 0n ? whole : value > 0n ? whole + 1n : whole - 1n
}

const scaleOf = (
  suffix: string
): { readonly times: bigint; readonly by: bigint; readonly format: Format } | undefined => {
  const binary = binarySuffixes.indexOf(suffix)
  if (binary > 0) return { times: 1024n ** BigInt(binary), by: 1n, format: "binary" }
  const decimal = decimalSuffixes.indexOf(suffix)
  const exponent =
    decimal >= 0 ? (decimal - 3) * 3 : /^[eE][-+]?\d+$/.test(suffix) ? Number(suffix.slice(1)) : undefined
  if (exponent === undefined) return undefined
  const format = decimal >= 0 ? "decimal" : "exponent"
  return exponent >= 0
    ? { times: 10n ** BigInt(exponent), by: 1n, format }
    : { times: 1n, by: 10n ** BigInt(-exponent), format }
}

/** The quantity that a text or number stands for, or what is wrong with it. */
export const parse = (value: unknown): Quantity | string => {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/.exec(String(value))
  if (match === null || (match[2] === "" && (match[3] ?? "") === "")) return syntax
  const scale = scaleOf(match[4]!)
  if (scale === undefined) return unknownSuffix
  const digits = BigInt(`${match[2]}${match[3] ?? ""}`)
  const signed = (match[1] === "-" ? -digits : digits) * nano * scale.times
  return { nanos: ceilDivided(signed, scale.by * 10n ** BigInt((match[3] ?? "").length)), format: scale.format }
}

const inDecimal = (nanos: bigint, format: Format): string => {
  let [mantissa, index] = [nanos, 0]
  while (mantissa % 1000n === 0n && index < (format === "exponent" ? 99 : decimalSuffixes.length - 1)) {
    mantissa /= 1000n
    index += 1
  }
  const exponent = (index - 3) * 3
  const suffix = format === "exponent" ? (exponent === 0 ? "" : `e${exponent}`) : decimalSuffixes[index]!
  return `${mantissa}${suffix}`
}

/** The server's text of a quantity. */
export const text = ({ nanos, format }: Quantity): string => {
  if (nanos === 0n) return "0"
  const isSmall = nanos > -1024n * nano && nanos < 1024n * nano
  if (format !== "binary") return inDecimal(nanos, format)
  if (isSmall || nanos % nano !== 0n) return inDecimal(nanos, "decimal")
  let [mantissa, index] = [nanos / nano, 0]
  while (mantissa % 1024n === 0n && index < binarySuffixes.length - 1) {
    mantissa /= 1024n
    index += 1
  }
  return `${mantissa}${binarySuffixes[index]}`
}

/** The billionths of a valid quantity; 0 for anything else. */
export const nanosOf = (value: unknown): bigint => {
  const parsed = parse(value)
  return typeof parsed === "string" ? 0n : parsed.nanos
}
