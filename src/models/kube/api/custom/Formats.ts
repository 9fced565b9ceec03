/**
 * Formats of strings that the server checks; all others pass.
 */

const ipv4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/
const ipv6 = /^(?=.*:)[0-9a-fA-F:]+(:\d+\.\d+\.\d+\.\d+)?$/
const hostname = /^([a-zA-Z0-9_]([a-zA-Z0-9-_]{0,62})?)(\.[a-zA-Z0-9_]([a-zA-Z0-9-_]{0,62})?)*\.?$/
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

const checks: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) =>
    /^\d{4}-\d\d-\d\d[tT]\d\d:\d\d:\d\d(\.\d+)?([zZ]|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  duration: (text) =>
    /^([+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(text) || text === "0" || /^\d+ ?[a-z]+$/i.test(text),
  ipv4: (text) => ipv4.test(text),
  ipv6: (text) => ipv6.test(text),
  cidr: (text) =>
    /\/\d{1,3}$/.test(text) && (ipv4.test(text.replace(/\/.*/, "")) || ipv6.test(text.replace(/\/.*/, ""))),
  mac: (text) => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text),
  uri: (text) => /^[a-z][a-z0-9+.-]*:|^\//i.test(text),
  email: (text) => /^[^@\s]+@[^@\s]+$/.test(text),
  hostname: (text) => text.length <= 255 && hostname.test(text),
  uuid: (text) => uuid.test(text),
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
}

export const isOf = (format: string, text: string): boolean =>
  checks[format.replace(/^datetime$/, "date-time")]?.(text) ?? true
