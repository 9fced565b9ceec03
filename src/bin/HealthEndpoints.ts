/**
 * `/healthz`: the process answers. `/readyz`: its caches are filled, so it could
 * lead at once (`gungnir:G43`).
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { createServer } from "node:http"
import { Cache } from "../domain/kube/Cache.ts"

/** Nothing can listen there. */
export class HealthPortError extends Schema.TaggedError<HealthPortError>()("HealthPortError", {
  port: Schema.Number,
  detail: Schema.String
}) {
  override get message(): string {
    return `/healthz and /readyz cannot be served on port ${this.port}: ${this.detail}; name another with --health-port`
  }
}

const isReady = Effect.gen(function* () {
  const views = yield* (yield* Cache).views
  const waiting = views.filter(({ state }) => !state.isSynced).map(({ scope }) => scope.resource.plural)
  if (views.length > 0 && waiting.length === 0) return HttpServerResponse.text("ok\n")
  const why = views.length === 0 ? "starting" : `not synced: ${waiting.join(", ")}`
  return HttpServerResponse.text(`${why}\n`, { status: 503 })
})

const routes = HttpRouter.addAll([
  HttpRouter.route("GET", "/healthz", Effect.succeed(HttpServerResponse.text("ok\n"))),
  HttpRouter.route("GET", "/readyz", isReady)
])

/** Serves until its scope ends; port 0 serves nothing. */
export const layer = (port: number) =>
  port === 0
    ? Layer.empty
    : HttpRouter.serve(routes, { disableListenLog: true, disableLogger: true }).pipe(
        Layer.provide(NodeHttpServer.layer(() => createServer(), { port })),
        Layer.catchTag("ServeError", ({ cause }) =>
          Layer.effectDiscard(
            new HealthPortError({ port, detail: cause instanceof Error ? cause.message : String(cause) })
          )
        )
      )
