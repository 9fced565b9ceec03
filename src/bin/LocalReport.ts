/**
 * How `gungnir local` tells what happens: a live view on a terminal, lines of
 * text elsewhere, JSON lines for scripts.
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import type { Measured } from "../local/Failovers.ts"
import * as Screen from "../local/Screen.ts"
import { failoverText, nodesText, render, seconds, type Shown } from "../local/View.ts"
import type { World } from "./LocalWorld.ts"
import * as Logs from "./Logs.ts"

/** What has been told so far. */
export interface Told {
  readonly kubeconfig: string
  readyMs: number | undefined
  readonly failovers: Array<Measured>
}

export interface Report {
  readonly listening: (kubeconfig: string) => Effect.Effect<void>
  /** Shows what is there, for as long as it is not interrupted. */
  readonly watch: (world: World, told: Told) => Effect.Effect<never, never, Scope.Scope>
  readonly ready: (world: World, readyMs: number) => Effect.Effect<void>
  readonly killed: (pod: string) => Effect.Effect<void>
  readonly failover: (measured: Measured) => Effect.Effect<void>
  readonly summary: (world: World, told: Told) => Effect.Effect<void>
  /** Where log entries go. */
  readonly logs: Layer.Layer<never>
}

/** The first line, the last one, and what happens in between. */
export const json = (options: Logs.Options): Report => {
  const say = (line: object) => Console.log(JSON.stringify(line))
  return {
    listening: (kubeconfig) => say({ kubeconfig }),
    watch: () => Effect.never,
    ready: ({ nodes }, readyMs) => say({ readyMs, nodes }),
    killed: (killed) => say({ killed }),
    failover: (failover) => say({ failover }),
    summary: ({ nodes }, { failovers, readyMs }) =>
      say({
        readyMs,
        nodes,
        failovers: failovers.map(({ gapMs, lostWrites, withinBound }) => ({ gapMs, lostWrites, withinBound }))
      }),
    logs: Logs.layer(options)
  }
}

const picture = Effect.fnUntraced(function* (
  { nodes, service, stage, targets, writer }: World,
  told: Told,
  log: ReadonlyArray<string>
): Effect.fn.Return<Shown> {
  return {
    cluster: stage.cluster(),
    rows: yield* stage.rows,
    service: service(),
    targets: targets(),
    events: stage.events(),
    failovers: told.failovers,
    log,
    writes: writer.acknowledged(),
    lastGap: writer.lastGap(),
    longestGap: writer.longestGap(0),
    nowMillis: yield* Clock.currentTimeMillis,
    nodes,
    kubeconfig: told.kubeconfig,
    readyMs: told.readyMs
  }
})

const printed = (world: World, told: Told): Effect.Effect<void> =>
  Effect.flatMap(picture(world, told, []), (shown) => Console.log(render(shown).join("\n")))

/** One line for each thing that happens, and a picture at the beginning and the end. */
export const text = (options: Logs.Options): Report => ({
  listening: (kubeconfig) => Console.log(`kubernetes listens: export KUBECONFIG=${kubeconfig}`),
  watch: () => Effect.never,
  ready: ({ nodes }, readyMs) => Console.log(`ready after ${seconds(readyMs)}; nodes: ${nodesText(nodes)}`),
  killed: (pod) => Console.log(`killed ${pod}`),
  failover: (measured) => Console.log(failoverText(measured)),
  summary: printed,
  logs: Logs.layer(options)
})

const mostLines = 100

/** Entries of the log as lines of the view: on the terminal itself they would tear it. */
const collected = (lines: Array<string>, { logLevel }: Logs.Options): Layer.Layer<never> =>
  Layer.mergeAll(
    Logger.layer([
      Logger.make(({ date, message }) => {
        const words = Array.isArray(message) ? message : [message]
        lines.push(`${date.toISOString().slice(11, 19)}  ${words.map(String).join(" ")}`)
        if (lines.length > mostLines) lines.shift()
      })
    ]),
    Layer.succeed(References.MinimumLogLevel, Logs.levels[logLevel])
  )

/** The view, drawn anew several times a second; its last picture stays. */
export const live = (terminal: typeof process.stdout, options: Logs.Options): Report => {
  const log: Array<string> = []
  const nothing = () => Effect.void
  return {
    listening: nothing,
    watch: Effect.fnUntraced(function* (world, told) {
      const draw = yield* Screen.open(terminal)
      const once = Effect.flatMap(picture(world, told, log), (shown) => draw(render(shown)))
      return yield* Effect.forever(Effect.andThen(once, Effect.sleep("200 millis")))
    }),
    ready: nothing,
    killed: (pod) => Effect.logWarning(`killed ${pod}`),
    failover: nothing,
    summary: printed,
    logs: collected(log, options)
  }
}
