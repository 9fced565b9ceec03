/** Upstream's flags (`gungnir:6.1`): values are separate arguments, what is unknown is passed over, a bad number is the default. */

export interface Config {
  readonly namespace: string
  readonly leaseName: string
  readonly leaseNamespace: string
  readonly pingInterval: number
  readonly reconcileInterval: number
  readonly downAfter: number
  readonly verbosity: number
}

export const defaults: Config = {
  namespace: "",
  leaseName: "gungnir-operator-lease",
  leaseNamespace: "gungnir-system",
  pingInterval: 1000,
  reconcileInterval: 10_000,
  downAfter: 5000,
  verbosity: 1
}

/** The field that a flag with a value sets. */
export const fields = {
  "--namespace": "namespace",
  "--lease-name": "leaseName",
  "--lease-namespace": "leaseNamespace",
  "--ping-interval": "pingInterval",
  "--reconcile-interval": "reconcileInterval",
  "--down-after": "downAfter"
} as const

const isFlag = (text: string): text is keyof typeof fields => Object.hasOwn(fields, text)

/** The flag at the front, and what is left. */
const one = (config: Config, [flag = "", ...rest]: ReadonlyArray<string>): readonly [Config, ReadonlyArray<string>] => {
  if (flag === "-v" || flag === "--verbose") return [{ ...config, verbosity: 2 }, rest]
  const [value, ...others] = rest
  if (!isFlag(flag) || value === undefined) return [config, rest]
  const field = fields[flag]
  if (typeof defaults[field] === "string") return [{ ...config, [field]: value }, others]
  return [{ ...config, [field]: /^\d+$/.test(value) ? Number(value) : defaults[field] }, others]
}

export const parse = (args: ReadonlyArray<string>, config: Config = defaults): Config => {
  if (args.length === 0) return config
  const [next, rest] = one(config, args)
  return parse(rest, next)
}
