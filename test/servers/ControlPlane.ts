/**
 * etcd, kube-apiserver and kube-controller-manager on loopback ports: a
 * Kubernetes without nodes.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Agent, request } from "undici"
import { stringify } from "yaml"
import * as Certificates from "./Certificates.ts"
import * as Processes from "./Processes.ts"
import { ServerError } from "./Processes.ts"

export interface Address {
  /** Kubeconfig of a cluster administrator, with a client certificate. */
  readonly kubeconfigPath: string
  /** `https://127.0.0.1:<port>` */
  readonly server: string
  /** The authority that signed the server's certificate, in PEM. */
  readonly authority: string
}

export interface Options {
  /** Further flags of kube-apiserver and kube-controller-manager. */
  readonly apiServerFlags?: ReadonlyArray<string>
  readonly controllerManagerFlags?: ReadonlyArray<string>
  /** Without kube-controller-manager nothing is changed but by requests. Default true. */
  readonly hasControllers?: boolean
}

interface Paths {
  readonly folder: string
  readonly etcdPort: number
  readonly peerPort: number
  readonly port: number
}

const etcdFlags = ({ folder, etcdPort, peerPort }: Paths) => [
  "--name=only",
  `--data-dir=${folder}/etcd`,
  `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
  `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
  `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
  `--initial-cluster=only=http://127.0.0.1:${peerPort}`,
  // Only for tests: a power loss of the machine may lose the data.
  "--unsafe-no-fsync",
  "--log-level=warn"
]

const apiServerFlags = ({ folder, etcdPort, port }: Paths) => [
  `--etcd-servers=http://127.0.0.1:${etcdPort}`,
  "--bind-address=127.0.0.1",
  `--secure-port=${port}`,
  "--advertise-address=127.0.0.1",
  "--endpoint-reconciler-type=none",
  "--service-cluster-ip-range=10.96.0.0/16",
  "--authorization-mode=RBAC",
  "--allow-privileged=true",
  "--profiling=false",
  `--cert-dir=${folder}`,
  `--client-ca-file=${folder}/ca.crt`,
  `--tls-cert-file=${folder}/server.crt`,
  `--tls-private-key-file=${folder}/server.key`,
  "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
  `--service-account-key-file=${folder}/sa.pub`,
  `--service-account-signing-key-file=${folder}/sa.key`
]

// Without kubelets no controller may taint silent nodes or remove their pods.
// At the default of 20 requests/s its own service accounts would take 5 s.
const controllerManagerFlags = ({ folder }: Paths) => [
  `--kubeconfig=${folder}/controller-manager.kubeconfig`,
  "--bind-address=127.0.0.1",
  "--secure-port=0",
  "--leader-elect=false",
  "--kube-api-qps=300",
  "--kube-api-burst=600",
  `--service-account-private-key-file=${folder}/sa.key`,
  `--root-ca-file=${folder}/ca.crt`,
  "--use-service-account-credentials=true",
  "--allocate-node-cidrs=false",
  "--controllers=*,-node-lifecycle-controller,-pod-garbage-collector-controller,-taint-eviction-controller"
]

const base64 = (text: string): string => Buffer.from(text).toString("base64")

const kubeconfig = (server: string, authority: string, name: string, { certificate, key }: Certificates.Identity) =>
  stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "gungnir", cluster: { server, "certificate-authority-data": base64(authority) } }],
    users: [{ name, user: { "client-certificate-data": base64(certificate), "client-key-data": base64(key) } }],
    contexts: [{ name: "gungnir", context: { cluster: "gungnir", user: name } }],
    "current-context": "gungnir"
  })

/** Writes every file that the servers are started with; returns the administrator and the authority. */
const writeFiles = Effect.fnUntraced(function* (folder: string, server: string) {
  const authority = yield* Certificates.authority
  const serving = yield* authority.server(["localhost", "kubernetes.default.svc"], ["127.0.0.1", "10.96.0.1"])
  const admin = yield* authority.client("gungnir-admin", "system:masters")
  const manager = yield* authority.client("system:kube-controller-manager")
  const signing = Certificates.signingKeys()
  const files: Record<string, string> = {
    "ca.crt": authority.certificate,
    "server.crt": serving.certificate,
    "server.key": serving.key,
    "sa.pub": signing.publicKey,
    "sa.key": signing.privateKey,
    "admin.kubeconfig": kubeconfig(server, authority.certificate, "admin", admin),
    "controller-manager.kubeconfig": kubeconfig(server, authority.certificate, "controller-manager", manager)
  }
  yield* Effect.sync(() => {
    mkdirSync(folder, { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
  })
  return { admin, authority: authority.certificate }
})

/** Asks `path` until it answers 200; fails when a server ends by itself or 60 s have passed. */
const ready = Effect.fnUntraced(function* (
  agent: Agent,
  url: string,
  servers: ReadonlyArray<readonly [string, Processes.Running]>
): Effect.fn.Return<void, ServerError> {
  const until = (yield* Clock.currentTimeMillis) + 60_000
  while (true) {
    const status = yield* Effect.promise(() =>
      request(url, { dispatcher: agent }).then(
        async (reply) => (await reply.body.dump(), reply.statusCode),
        () => 0
      )
    )
    if (status === 200) return
    const dead = servers.find(([, server]) => server.hasEnded())
    if (dead !== undefined || (yield* Clock.currentTimeMillis) > until) {
      const [server, { log }] = dead ?? servers.at(-1)!
      const what = dead === undefined ? `no 200 from ${url} within 60 s` : "ended by itself"
      return yield* new ServerError({ server, detail: `${what}: ${Processes.lastLine(log)}` })
    }
    yield* Effect.sleep("25 millis")
  }
})

/** A control plane of one's own: for tests that restart, freeze or overload it. */
export const start = Effect.fnUntraced(function* (
  options: Options = {}
): Effect.fn.Return<Address & { readonly apiServer: Processes.Running }, ServerError, Scope.Scope> {
  const folder = yield* Processes.folder
  const [etcdPort, peerPort, port] = (yield* Processes.freePorts(3)) as [number, number, number]
  const paths = { folder, etcdPort, peerPort, port }
  const server = `https://127.0.0.1:${port}`
  const { admin, authority } = yield* writeFiles(folder, server)
  const agent = yield* Effect.acquireRelease(
    Effect.sync(() => new Agent({ connect: { ca: authority, cert: admin.certificate, key: admin.key } })),
    (agent) => Effect.promise(() => agent.destroy())
  )
  const etcd = yield* Processes.start("etcd", folder, etcdFlags(paths))
  const apiServer = yield* Processes.start("kube-apiserver", folder, [
    ...apiServerFlags(paths),
    ...(options.apiServerFlags ?? [])
  ])
  yield* ready(agent, `${server}/readyz`, [
    ["etcd", etcd],
    ["kube-apiserver", apiServer]
  ])
  if (options.hasControllers ?? true) {
    const manager = yield* Processes.start("kube-controller-manager", folder, [
      ...controllerManagerFlags(paths),
      ...(options.controllerManagerFlags ?? [])
    ])
    yield* ready(agent, `${server}/api/v1/namespaces/default/serviceaccounts/default`, [
      ["etcd", etcd],
      ["kube-apiserver", apiServer],
      ["kube-controller-manager", manager]
    ])
  }
  return { kubeconfigPath: join(folder, "admin.kubeconfig"), server, authority, apiServer }
})

/** The control plane that all test files share (see `Shared.ts`): use a namespace of your own in it. */
export class ControlPlane extends Context.Service<ControlPlane, Address>()("gungnir/test/servers/ControlPlane") {
  /** One for the scope of the layer alone. */
  static readonly layerOwn = (options?: Options): Layer.Layer<ControlPlane, ServerError> =>
    Layer.effect(ControlPlane, start(options))
}
