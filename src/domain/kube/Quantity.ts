/**
 * Quantities of the Kubernetes API ("500m", "1Gi", 2) as exact numbers: the
 * server stores them in a canonical form that differs from what was sent.
 */

const nano = 1_000_000_000n

const units: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  "": nano,
  k: nano * 1000n,
  M: nano * 1000n ** 2n,
  G: nano * 1000n ** 3n,
  T: nano * 1000n ** 4n,
  P: nano * 1000n ** 5n,
  E: nano * 1000n ** 6n,
  Ki: nano * 1024n,
  Mi: nano * 1024n ** 2n,
  Gi: nano * 1024n ** 3n,
  Ti: nano * 1024n ** 4n,
  Pi: nano * 1024n ** 5n,
  Ei: nano * 1024n ** 6n
}

/** What `parse` reads: a decimal that is not negative, with a suffix or a decimal exponent. */
export const pattern = /^([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]{1,2})?$/

/**
 * In billionths, rounded up as the API server does (Kubernetes API reference,
 * Quantity); undefined when it is no quantity.
 */
export const parse = (quantity: unknown): bigint | undefined => {
  const text = typeof quantity === "number" ? String(quantity) : quantity
  if (typeof text !== "string" || !pattern.test(text)) return undefined
  const [, decimal = "", , suffix = ""] = pattern.exec(text)!
  const [whole = "", fraction = ""] = decimal.split(".")
  const unit = units[suffix]
  const exponent = unit === undefined ? Number(suffix.slice(1)) : 0
  const amount = BigInt(whole + fraction) * (unit ?? nano) * 10n ** BigInt(Math.max(exponent, 0))
  const divisor = 10n ** BigInt(fraction.length + Math.max(-exponent, 0))
  return (amount + divisor - 1n) / divisor
}

/** The same amount, however it is written. False when one of them is no quantity. */
export const equals = (left: unknown, right: unknown): boolean => {
  const amount = parse(left)
  return amount !== undefined && amount === parse(right)
}
