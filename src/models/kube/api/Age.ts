/**
 * Durations as kubectl's columns show them: `32m`, `7h5m`, `2d`.
 */

const joined = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`

const human = (seconds: number): string => {
  if (seconds < -1) return "<invalid>"
  if (seconds < 0) return "0s"
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return joined(minutes, "m", seconds % 60, "s")
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return joined(hours, "h", minutes % 60, "m")
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  if (days < 8) return joined(days, "d", hours % 24, "h")
  if (days < 730) return `${days}d`
  const years = Math.floor(days / 365)
  return days < 8 * 365 ? joined(years, "y", days % 365, "d") : `${years}y`
}

/** Of a time of the API until now; what is no time is unknown. */
export const since = (time: unknown, nowMillis: number): string => {
  const then = typeof time === "string" ? Date.parse(time) : NaN
  return Number.isNaN(then) ? "<unknown>" : human(Math.floor((nowMillis - then) / 1000))
}
