/**
 * The operator's flags (`gungnir:6.1`; defaults of architecture 9). Both
 * `--k v` and `--k=v`; unknown flags and invalid values are refused.
 */
import { Flag } from "effect/cli"

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

const logging = {
  verbose: Flag.Boolean("verbose").pipe(
    Flag.withAlias("v"),
    Flag.withDescription("The same as --log-level debug"),
    Flag.withDefault(false)
  ),
  logLevel: Flag.Literals("log-level", ["error", "warn", "info", "debug"]).pipe(
    Flag.withDescription("How much is logged on stderr (default info)"),
    Flag.withDefault("info")
  ),
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
