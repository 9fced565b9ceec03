/**
 * The operator's flags (`gungnir:6.1`), with defaults of our own. Both
 * `--k v` and `--k=v`; unknown flags and invalid values are refused.
 */
import { Argument, CliError, Flag, GlobalFlag } from "effect/cli"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { fileURLToPath } from "node:url"
import { faultsOf, standardPods } from "./CheckWords.ts"

/**
 * Flags of every command: the standard ones without their `--log-level`, since
 * ours has other words, and without `-v` for the version, which is `--verbose`.
 */
export const everywhere: ReadonlyArray<GlobalFlag.BuiltIn> = [
  GlobalFlag.Help,
  GlobalFlag.Action({
    flag: Flag.Boolean("version").pipe(Flag.withDescription("Show version information"), Flag.withDefault(false)),
    run: GlobalFlag.Version.run
  }),
  GlobalFlag.Completions
]

const millis = (name: string, standard: number, description: string) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => value > 0,
      (value) => `--${name} must be a number of milliseconds above 0, not ${value}`
    ),
    Flag.withMetavar("MS"),
    Flag.withDescription(`${description} (default ${standard})`),
    Flag.withDefault(standard)
  )

const logLevel = (standard: "warn" | "info") =>
  Flag.Literals("log-level", ["error", "warn", "info", "debug"]).pipe(
    Flag.withDescription(`How much is logged on stderr (default ${standard})`),
    Flag.withDefault(standard)
  )

const logging = {
  verbose: Flag.Boolean("verbose").pipe(
    Flag.withAlias("v"),
    Flag.withDescription("The same as --log-level debug"),
    Flag.withDefault(false)
  ),
  logLevel: logLevel("info"),
  logFormat: Flag.Literals("log-format", ["text", "json"]).pipe(
    Flag.withDescription("One line of text or one JSON object for each entry (default text)"),
    Flag.withDefault("text")
  )
}

const lease = {
  leaseName: Flag.String("lease-name").pipe(
    Flag.withDescription("Lease that elects one operator (default gungnir-operator-lease)"),
    Flag.withDefault("gungnir-operator-lease")
  ),
  leaseNamespace: Flag.String("lease-namespace").pipe(
    Flag.withDescription("Its namespace (default gungnir-system)"),
    Flag.withDefault("gungnir-system")
  ),
  leaseDuration: millis("lease-duration", 6000, "After this long without a renewal another operator takes over"),
  renewDeadline: millis("renew-deadline", 4000, "An operator that could not renew for so long stops writing"),
  retryPeriod: millis("retry-period", 1000, "Between two attempts to acquire or renew")
}

export const operator = {
  ...logging,
  ...lease,
  namespace: Flag.String("namespace").pipe(
    Flag.withAlias("n"),
    Flag.withDescription("Operate the clusters of this namespace only (default all)"),
    Flag.optional
  ),
  kubeconfig: Flag.String("kubeconfig").pipe(
    Flag.withDescription("Default: KUBECONFIG, ~/.kube/config, or the service account of the pod"),
    Flag.optional
  ),
  identity: Flag.String("identity").pipe(
    Flag.withDescription("Holder of the Lease (default: POD_NAME or the host's name, with a random suffix)"),
    Flag.optional
  ),
  pingInterval: millis("ping-interval", 100, "Between two probes of a node"),
  downAfter: millis("down-after", 500, "Silence after which a primary is down when a replica has lost it too"),
  downAfterAlone: millis("down-after-alone", 2000, "Silence after which it is down on the operator's word alone"),
  reconcileInterval: millis("reconcile-interval", 10_000, "Between two reconciliations that nothing triggers"),
  healthPort: Flag.Int("health-port").pipe(
    Flag.filter(
      (port) => port >= 0 && port < 65_536,
      (port) => `--health-port must be a port, or 0 for none, not ${port}`
    ),
    Flag.withDescription("Port of /healthz and /readyz; 0: none (default 8080)"),
    Flag.withDefault(8080)
  )
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }

/** `500ms`, `10s`, `2m`. */
const duration = (name: string) =>
  Flag.String(name).pipe(
    Flag.mapEffect((text) => {
      const [, number, unit] = /^(\d+)(ms|s|m)$/.exec(text) ?? []
      return number === undefined || unit === undefined || Number(number) === 0
        ? Effect.fail(
            new CliError.InvalidValue({
              option: name,
              value: text,
              expected: "a time such as 500ms, 10s or 2m",
              kind: "flag"
            })
          )
        : Effect.succeed(Duration.millis(Number(number) * units[unit]!))
    }),
    Flag.withMetavar("TIME")
  )

export const local = {
  logLevel: logLevel("warn"),
  logFormat: logging.logFormat,
  cluster: Flag.String("cluster").pipe(
    Flag.withDescription("File with the ValkeyCluster to start (default examples/valkeycluster.yaml)"),
    Flag.withDefault(fileURLToPath(new URL("../../examples/valkeycluster.yaml", import.meta.url)))
  ),
  port: Flag.Int("port").pipe(
    Flag.filter(
      (port) => port >= 0 && port < 65_536,
      (port) => `--port must be a port, or 0 for any, not ${port}`
    ),
    Flag.withDescription("Port of the embedded API server on 127.0.0.1; 0: any (default 0)"),
    Flag.withDefault(0)
  ),
  embeddedNodes: Flag.Boolean("embedded-nodes").pipe(
    Flag.withDescription("Run the node model instead of valkey-server, also where one is installed"),
    Flag.withDefault(false)
  ),
  kill: Flag.Literals("kill", ["primary", "replica"]).pipe(
    Flag.withDescription("Kill it again and again, and measure each failover"),
    Flag.optional
  ),
  every: duration("every").pipe(
    Flag.withDescription("Between two kills (default 10s)"),
    Flag.withDefault(Duration.seconds(10))
  ),
  for: duration("for").pipe(Flag.withDescription("End by itself after this time"), Flag.optional),
  output: Flag.Literals("output", ["text", "json"]).pipe(
    Flag.withDescription("A live view, or JSON lines (default text)"),
    Flag.withDefault("text")
  )
}

const faults = Flag.String("faults").pipe(
  Flag.mapEffect((text) => {
    const known = faultsOf(text)
    const expected = "faults and how often, such as crash,lose=2"
    return known === undefined
      ? Effect.fail(new CliError.InvalidValue({ option: "faults", value: text, expected, kind: "flag" }))
      : Effect.succeed(known)
  }),
  Flag.withMetavar("LIST"),
  Flag.withDescription("What may go wrong, and how often, such as crash,lose=2 (default: as the model says)"),
  Flag.optional
)

const models = Flag.String("models").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription("A module that exports models of your own (default: the models of the programs that ship)"),
  Flag.optional
)

export const check = {
  model: Argument.String("model").pipe(
    Argument.withDescription("Name or group of a model (default: the standard set)"),
    Argument.optional
  ),
  models,
  faults,
  pods: Flag.Int("pods").pipe(
    Flag.filter(
      (pods) => pods > 0 && pods < 10,
      (pods) => `--pods must be from 1 to 9, not ${pods}`
    ),
    Flag.withDescription(`Pods of a cluster (default ${standardPods})`),
    Flag.withDefault(standardPods)
  ),
  out: Flag.String("out").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("Where traces of violations are written (default: a new folder for temporary files)"),
    Flag.optional
  ),
  deep: Flag.Boolean("deep").pipe(Flag.withDescription("Also the models that take hours"), Flag.withDefault(false)),
  for: duration("for").pipe(
    Flag.withDescription(
      "Explore each model for so long; what is not decided by then is undecided (default: to the end)"
    ),
    Flag.optional
  ),
  output: Flag.Literals("output", ["text", "json"]).pipe(
    Flag.withDescription("A table and readable traces, or one JSON array of verdicts (default text)"),
    Flag.withDefault("text")
  )
}

export const replay = {
  trace: Argument.String("trace").pipe(Argument.withDescription("A trace.json that gungnir check has written")),
  models
}
