/**
 * A real cluster in a network namespace of its own: control plane, pods as real
 * valkey-server processes, and the operator as the process that users start.
 * Runs inside `unshare -nm` (see Cluster.test.ts).
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Get, Kubernetes } from "../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import type { Exchange, Replies } from "../../src/domain/valkey/Wire.ts"
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
import * as ControlPlane from "../servers/ControlPlane.ts"
import * as Processes from "../servers/Processes.ts"

export interface World {
  readonly kubeconfigPath: string
  /** What was asked of the API server by our programs so far, as its audit log has it. */
  readonly requests: () => ReadonlyArray<Asked>
  readonly pods: PodRunner.PodRunner
  readonly send: Effect.Success<ReturnType<typeof LiveKubernetes.transport>>
  readonly kubernetes: Kubernetes["Service"]
  /** One exchange with a node, authenticated. */
  readonly ask: (pod: KubeObject, ...lines: ReadonlyArray<ReadonlyArray<string>>) => Effect.Effect<Replies>
}

export interface Asked {
  readonly verb: string
  readonly resource: string
}

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
  const ask: World["ask"] = (pod, ...lines) =>
    Effect.gen(function* () {
      const { metadata } = pod
      const instance = metadata.labels?.["app.kubernetes.io/instance"] ?? ""
      const secret = yield* kubernetes.perform(
        new Get({ resource: Kinds.Secret, namespace: metadata.namespace!, name: `${instance}-secret` })
      )
      const data = secret["data"] as Record<string, Redacted.Redacted<string>>
      const password = Redacted.make(atob(Redacted.value(data["password"]!)))
      const address = (pod["status"] as { podIP: string }).podIP
      const wire: Exchange = { address, port: 6379, credentials: { user: "default", password }, lines }
      return yield* exchange(wire)
    }).pipe(Effect.orDie)
  return { kubeconfigPath, requests: () => readAudit(audit), pods, send, kubernetes, ask } satisfies World
})

/** `gungnir operator`, as a process; ends with the scope. */
export const operator = (
  { kubeconfigPath }: World,
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

/** Creates the CustomResourceDefinition and waits until its kind is served. */
export const applyCrd = ({ send }: World) =>
  Effect.gen(function* () {
    yield* send({
      verb: "create",
      group: "apiextensions.k8s.io",
      version: "v1",
      resource: "customresourcedefinitions",
      body: Cluster.crd()
    })
    const { group, plural, version } = Cluster.resource
    const isServed = Effect.map(
      send({ verb: "list", group, version, resource: plural }),
      ({ status }) => status === 200
    )
    while (!(yield* isServed)) yield* Effect.sleep("20 millis")
  })
