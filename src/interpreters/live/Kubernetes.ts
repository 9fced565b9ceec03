/**
 * Kubernetes over HTTPS: a transport of requests as they are. Reads are tried
 * again, writes never; what is unknown is said to be unknown.
 */
import type { KubeConfig } from "@kubernetes/client-node"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Transport } from "../../domain/Capability.ts"
import { wireBody } from "../../domain/kube/Body.ts"
import { Kubernetes } from "../../domain/kube/Kubernetes.ts"
import type { ApiReply, ApiRequest } from "../../domain/kube/Wire.ts"
import * as Config from "./KubernetesConfig.ts"
import type { KubeconfigError } from "./KubernetesConfig.ts"
import { password } from "./Draw.ts"
import * as Http from "./KubernetesHttp.ts"
import { contentTypeOf, isRead, methodOf, pathOf } from "./KubernetesPath.ts"
import * as Watch from "./KubernetesWatch.ts"

export interface Options {
  /** Longest wait for the answer to one request that does not wait by nature. Default 5 s. */
  readonly timeout?: Duration.Input
  /** Longest wait for a connection. Default 3 s. */
  readonly connectTimeout?: Duration.Input
  /** Longest silence of a watch that is believed to live. Default 70 s. */
  readonly watchSilence?: Duration.Input
}

/** How often a read is sent at most, and how long a server may ask it to wait. */
const attempts = 3
const longestRetryAfterSeconds = 10

const lost = ({ detail, wasSent }: Http.Lost): ApiReply => ({
  status: 0,
  body: wasSent ? "TimedOut" : "Unreachable",
  detail
})

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const answered = Effect.fnUntraced(function* ({
  body,
  headers,
  status
}: Http.Response): Effect.fn.Return<ApiReply, Http.Lost> {
  const text = yield* Http.text(body)
  // A success whose body is not JSON does not say what happened.
  const parsed = parse(text)
  if (parsed === undefined && status < 300) {
    return { status: 0, body: "TimedOut", detail: `status ${status} with a body that is not JSON` }
  }
  return { status, body: parsed, headers }
})

/** Seconds that the server asks a read to wait; undefined when it is not worth trying again. */
const pauseSeconds = (reply: ApiReply, attempt: number): number | undefined => {
  if (attempt >= attempts) return undefined
  if (reply.status === 0) return 0.05 * 4 ** (attempt - 1)
  if (reply.status !== 429 && reply.status !== 503) return undefined
  const asked = "headers" in reply ? Number(reply.headers?.["retry-after"] ?? NaN) : NaN
  return asked <= longestRetryAfterSeconds ? asked : undefined
}

const patiently = Effect.fnUntraced(function* (send: Effect.Effect<ApiReply>): Effect.fn.Return<ApiReply> {
  for (let attempt = 1; ; attempt++) {
    const reply = yield* send
    const pause = pauseSeconds(reply, attempt)
    if (pause === undefined) return reply
    yield* Effect.sleep(Duration.seconds(pause))
  }
})

/** The wire: what every layer below carries commands with. */
export const transport = Effect.fnUntraced(function* (
  config: KubeConfig,
  options: Options = {}
): Effect.fn.Return<Transport<ApiRequest, ApiReply>, never, Scope.Scope> {
  const timeout = Duration.fromInputUnsafe(options.timeout ?? "5 seconds")
  const silence = Duration.fromInputUnsafe(options.watchSilence ?? "70 seconds")
  const connectMillis = Duration.toMillis(Duration.fromInputUnsafe(options.connectTimeout ?? "3 seconds"))
  const connection = yield* Config.connections(config, { connectMillis })
  const watches = yield* Watch.make({ silence })

  /** The head of the answer; its body follows within the scope. */
  const open = Effect.fnUntraced(function* (
    request: ApiRequest
  ): Effect.fn.Return<Http.Response, Http.Lost, Scope.Scope> {
    const { base, dispatcher, headers, origin } = yield* Effect.mapError(
      connection,
      (detail) => new Http.Lost({ wasSent: false, detail })
    )
    const nowMillis = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
    const body = wireBody(request, { nowMillis, password })
    return yield* Http.open(dispatcher, {
      origin,
      path: `${base}${pathOf(request)}`,
      method: methodOf(request),
      headers: {
        ...headers,
        accept: "application/json",
        "user-agent": "gungnir",
        ...(body === undefined ? {} : { "content-type": contentTypeOf(request) })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
  })

  const once = (request: ApiRequest): Effect.Effect<ApiReply> =>
    open(request).pipe(
      Effect.flatMap(answered),
      Effect.scoped,
      Effect.catchTag("Lost", (error) => Effect.succeed(lost(error))),
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () =>
          Effect.succeed<ApiReply>({
            status: 0,
            body: "TimedOut",
            detail: `no answer within ${Duration.format(timeout)}`
          })
      })
    )

  const waiting = (request: ApiRequest): Effect.Effect<ApiReply> => {
    const { resourceVersion = "", ...query } = request.query ?? {}
    return watches.next({
      key: pathOf({ ...request, query }),
      version: resourceVersion,
      open: (version) => {
        const from = { ...request, query: { ...query, resourceVersion: version } }
        return open(from).pipe(
          Effect.flatMap((head): Effect.Effect<Http.Response | ApiReply, Http.Lost> =>
            head.status === 200 ? Effect.succeed(head) : answered(head)
          ),
          Effect.timeoutOrElse({
            duration: silence,
            orElse: () => Effect.fail(new Http.Lost({ wasSent: true, detail: "the watch was not answered" }))
          }),
          Effect.catchTag("Lost", (error) => Effect.succeed(lost(error)))
        )
      }
    })
  }

  return (request) => {
    if (request.verb === "watch") return patiently(waiting(request))
    return isRead(request) ? patiently(once(request)) : once(request)
  }
})

const over = (config: KubeConfig, options?: Options) => Effect.map(transport(config, options), Kubernetes.over)

/** Over a configuration that the caller has loaded, with client-node's `KubeConfig`. */
export const layer = (config: KubeConfig, options?: Options): Layer.Layer<Kubernetes> =>
  Layer.effect(Kubernetes, over(config, options))

/** Over the named kubeconfig; else KUBECONFIG, `~/.kube/config`, or the pod's service account. */
export const layerFromKubeconfig = (path?: string, options?: Options): Layer.Layer<Kubernetes, KubeconfigError> =>
  Layer.effect(
    Kubernetes,
    Effect.flatMap(Config.find(path), (config) => over(config, options))
  )

/** Over the service account of the pod that this runs in. */
export const layerInCluster = (options?: Options): Layer.Layer<Kubernetes, KubeconfigError> =>
  Layer.effect(
    Kubernetes,
    Effect.flatMap(Config.inCluster, (config) => over(config, options))
  )
