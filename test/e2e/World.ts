/**
 * A real cluster in a network namespace of its own: control plane, pods as real
 * valkey-server processes, and the operator as the process that users start.
 * Runs inside `unshare -nm` (see Cluster.test.ts).
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Kubernetes } from "../../src/domain/kube/Kubernetes.ts"
import * as Config from "../../src/interpreters/live/KubernetesConfig.ts"
import * as LiveKubernetes from "../../src/interpreters/live/Kubernetes.ts"
import * as Pool from "../../src/interpreters/live/ValkeyPool.ts"
import * as Socket from "../../src/interpreters/live/ValkeySocket.ts"
import * as PodRunner from "../../src/local/PodRunner.ts"
import * as Process from "../../src/local/Process.ts"
import * as Sandbox from "../../src/local/Sandbox.ts"
import { find, missing } from "../../src/local/Servers.ts"
import { nodeLifecycle } from "../../src/models/kube/controllers/NodeLifecycle.ts"
import { scheduler } from "../../src/models/kube/controllers/Scheduler.ts"
import { asking } from "../scenario/Ask.ts"
import type { Asked, World } from "../scenario/Environment.ts"
import * as ControlPlane from "../servers/ControlPlane.ts"
import * as Processes from "../servers/Processes.ts"

interface AuditEvent {
  readonly verb: string
  readonly userAgent?: string
  readonly stage: string
  readonly objectRef?: { readonly resource?: string }
}

/** Requests of `gungnir`, whoever of us sent them, when they were received. */
const readAudit = (file: string): ReadonlyArray<Asked> =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ stage, userAgent }) => stage === "RequestReceived" && userAgent === "gungnir")
    .map(({ objectRef, verb }) => ({ verb, resource: objectRef?.resource ?? "" }))

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
rules: [{level: Metadata}]
`

const image = Effect.suspend(() => {
  const server = find("valkey-server")
  const cli = find("valkey-cli")
  return server === undefined || cli === undefined
    ? Effect.die(new Error(missing(server === undefined ? "valkey-server" : "valkey-cli")))
    : Effect.succeed({ path: [dirname(server.command), dirname(cli.command)], env: { ...server.env } })
})

export const make = Effect.fnUntraced(function* (log: (line: string) => void) {
  spawnSync("ip", ["link", "set", "lo", "up"])
  const folder = yield* Processes.folder
  const audit = join(folder, "audit.log")
  writeFileSync(join(folder, "audit.yaml"), auditPolicy)
  const { kubeconfigPath } = yield* ControlPlane.start({
    apiServerFlags: [`--audit-policy-file=${join(folder, "audit.yaml")}`, `--audit-log-path=${audit}`]
  })
  const send = yield* LiveKubernetes.transport(yield* Config.find(kubeconfigPath))
  const kubernetes = Kubernetes.over(send)
  const valkey = yield* image
  const pods = yield* PodRunner.make({
    send,
    sandboxes: yield* Sandbox.namespaces(7),
    images: () => valkey,
    folder: join(folder, "pods"),
    node: "runner",
    builtIns: [scheduler, nodeLifecycle],
    backoffMillis: () => 300,
    onOutput: (pod, text) => log(`[${pod}] ${text.trimEnd()}`)
  })
  const exchange = yield* Pool.make(Socket.dialer, {})
  return {
    send,
    kubernetes,
    ask: asking(kubernetes, exchange),
    requests: Effect.sync(() => readAudit(audit)),
    signal: pods.signal,
    operator: Effect.asVoid(operator(kubeconfigPath, log))
  } satisfies World
})

/** `gungnir operator`, as a process; ends with the scope. */
const operator = (
  kubeconfigPath: string,
  log: (line: string) => void,
  ...flags: ReadonlyArray<string>
): Effect.Effect<Process.Running, never, Scope.Scope> =>
  Process.run(
    [
      process.execPath,
      join(import.meta.dirname, "../../src/bin/gungnir.ts"),
      "operator",
      "--kubeconfig",
      kubeconfigPath,
      "--lease-namespace=default",
      "--health-port=0",
      ...flags
    ],
    process.env,
    (text) => log(`[operator] ${text.trimEnd()}`)
  )
