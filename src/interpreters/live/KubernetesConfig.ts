/**
 * From a kubeconfig, or a pod's service account, to connections with
 * credentials: client-node reads and refreshes, one undici agent is kept.
 */
import { KubeConfig } from "@kubernetes/client-node"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { existsSync } from "node:fs"
import type * as https from "node:https"
import type * as tls from "node:tls"
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from "undici"

/** There is no way to a cluster; says where it was looked for and what to do. */
export class KubeconfigError extends Schema.TaggedError<KubeconfigError>()("KubeconfigError", {
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

/** How to reach the server now: credentials may change from request to request, the dispatcher seldom does. */
export interface Connection {
  readonly dispatcher: Dispatcher
  readonly origin: string
  /** Path of the server's address, without a slash at the end. */
  readonly base: string
  readonly headers: Readonly<Record<string, string>>
}

/** Milliseconds. */
export interface Limits {
  readonly connectMillis: number
}

// The error of a YAML parser quotes the file, which holds credentials: only its line may be told.
const unreadable = (path: string, error: unknown): KubeconfigError => {
  // Of the system or of the parser: a field that it does not have reads as absent.
  const { code, mark } = (error ?? {}) as { readonly code?: string; readonly mark?: { readonly line: number } }
  const why =
    code === "ENOENT"
      ? "it does not exist"
      : code !== undefined
        ? `reading it failed with ${code}`
        : mark === undefined
          ? "it is not a kubeconfig"
          : `it is not YAML at line ${mark.line + 1}`
  return new KubeconfigError({ detail: `no kubeconfig found: ${path} was named, but ${why}` })
}

const checked = (config: KubeConfig, where: string): Effect.Effect<KubeConfig, KubeconfigError> =>
  Effect.suspend(() => {
    const context = config.getCurrentContext()
    const server = config.getCurrentCluster()?.server
    if (server !== undefined && URL.canParse(server)) return Effect.succeed(config)
    const what = context
      ? `context "${context}" of ${where} names no cluster with a server`
      : `${where} has no current-context`
    return Effect.fail(
      new KubeconfigError({ detail: `no cluster to talk to: ${what}; choose one with kubectl config use-context` })
    )
  })

const load = (where: string, read: (config: KubeConfig) => void): Effect.Effect<KubeConfig, KubeconfigError> =>
  Effect.try({
    try: () => {
      const config = new KubeConfig()
      read(config)
      return config
    },
    catch: (error) => unreadable(where, error)
  }).pipe(Effect.flatMap((config) => checked(config, where)))

const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount/token"

/** The service account of the pod that this runs in. */
export const inCluster: Effect.Effect<KubeConfig, KubeconfigError> = Effect.suspend(() =>
  process.env["KUBERNETES_SERVICE_HOST"] && existsSync(tokenPath)
    ? load("the pod's service account", (config) => config.loadFromCluster())
    : Effect.fail(
        new KubeconfigError({
          detail: `not in a pod: KUBERNETES_SERVICE_HOST is not set or ${tokenPath} does not exist`
        })
      )
)

/** The named file; else KUBECONFIG, `~/.kube/config`, or the pod's service account. */
export const find = (path?: string): Effect.Effect<KubeConfig, KubeconfigError> => {
  if (path !== undefined) return load(path, (config) => config.loadFromFile(path))
  return load(process.env["KUBECONFIG"] ?? "~/.kube/config", (config) => config.loadFromDefault()).pipe(
    Effect.flatMap((config) =>
      // What client-node makes up when it finds nothing.
      config.getCurrentContext() === "loaded-context"
        ? Effect.fail(
            new KubeconfigError({
              detail:
                "no kubeconfig found: KUBECONFIG is not set, ~/.kube/config does not exist, and this is no pod; name one with --kubeconfig"
            })
          )
        : Effect.succeed(config)
    )
  )
}

type Applied = https.RequestOptions & https.AgentOptions

/** What a TLS connection is made with; another value needs another agent. */
const materialOf = (applied: Applied): https.AgentOptions =>
  Object.fromEntries(
    (["ca", "cert", "key", "pfx", "passphrase", "rejectUnauthorized", "servername"] as const)
      .filter((name) => applied[name] !== undefined)
      .map((name) => [name, applied[name]])
  )

/** Both types are the options of `tls.connect`; they differ in how they write "may be absent". */
const tlsOptions = (options: tls.ConnectionOptions, timeout: number) =>
  ({ ...options, timeout }) as unknown as buildConnector.BuildOptions

const makeDispatcher = (config: KubeConfig, material: https.AgentOptions, limits: Limits): Dispatcher => {
  const options = config.createDispatcherOptions(config.getCurrentCluster(), material)
  // HTTP/1.1 with as many connections as there are requests under way: a watch holds
  // one for itself and never delays a write. The server closes idle ones after 90 s.
  const pool = {
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: 60_000,
    keepAliveMaxTimeout: 60_000,
    headersTimeout: 0,
    bodyTimeout: 0
  }
  switch (options.type) {
    case "agent":
      return new Agent({ ...pool, connect: tlsOptions(options.connect, limits.connectMillis) })
    case "none":
      return new Agent({ ...pool, connect: { timeout: limits.connectMillis } })
    case "proxy":
      return new ProxyAgent({
        ...pool,
        uri: options.uri,
        requestTls: tlsOptions(options.requestTls, limits.connectMillis)
      })
    case "socks":
      throw new Error("a socks proxy is not supported")
  }
}

const authorization = (config: KubeConfig, applied: Applied): Record<string, string> => {
  const user = config.getCurrentUser()
  const basic = user?.username
    ? { authorization: `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}` }
    : {}
  const named = Object.entries(applied.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)])
  return { ...basic, ...Object.fromEntries(named) }
}

/** Plain HTTP is allowed on purpose where the kubeconfig says so by its address; client-node wants a second word for it. */
const allowPlainHttp = (config: KubeConfig): KubeConfig => {
  const cluster = config.getCurrentCluster()
  if (!cluster?.server.startsWith("http:")) return config
  const copy = new KubeConfig()
  copy.loadFromClusterAndUser({ ...cluster, skipTLSVerify: true }, config.getCurrentUser() ?? { name: "nobody" })
  return copy
}

/**
 * The connection to use for the next request. Fails with a text that holds no
 * credentials, not even what a credential plugin printed.
 */
export const connections = Effect.fnUntraced(function* (
  given: KubeConfig,
  limits: Limits
): Effect.fn.Return<Effect.Effect<Connection, string>, never, Scope.Scope> {
  const config = allowPlainHttp(given)
  const url = new URL(config.getCurrentCluster()!.server)
  let current: { readonly material: string; readonly dispatcher: Dispatcher } | undefined
  yield* Effect.addFinalizer(() => Effect.promise(async () => current?.dispatcher.destroy()))
  const dispatcherFor = (material: https.AgentOptions): Dispatcher => {
    const fingerprint = Object.entries(material)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join("\n")
    if (current?.material !== fingerprint) {
      // Requests under way on the old one end by themselves.
      void current?.dispatcher.close()
      current = { material: fingerprint, dispatcher: makeDispatcher(config, material, limits) }
    }
    return current.dispatcher
  }
  return Effect.tryPromise({
    try: async () => {
      const applied: Applied = {}
      await config.applyToHTTPSOptions(applied)
      return {
        dispatcher: dispatcherFor(materialOf(applied)),
        origin: url.origin,
        base: url.pathname.replace(/\/+$/, ""),
        headers: authorization(config, applied)
      }
    },
    catch: (error) => {
      // Untyped there; of anything else than a plugin the field reads as absent.
      const plugin = config.getCurrentUser()?.exec as { readonly command?: string } | undefined
      const code = (error as NodeJS.ErrnoException).code
      return plugin?.command === undefined
        ? `the credentials of the kubeconfig cannot be read${code === undefined ? "" : ` (${code})`}`
        : `the credential plugin ${plugin.command} of the kubeconfig failed: run it by hand`
    }
  })
})
