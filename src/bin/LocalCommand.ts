/**
 * `gungnir local`: an embedded Kubernetes, the operator, one cluster, clients
 * that write, and a view of them. Ctrl-C leaves no process and no file.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Flag } from "effect/cli"
import { join } from "node:path"
import type { Cluster } from "../domain/valkey/Cluster.ts"
import * as Embedded from "../local/Embedded.ts"
import * as Example from "../local/Example.ts"
import * as Failovers from "../local/Failovers.ts"
import * as Kill from "../local/Kill.ts"
import type { Stage } from "../local/Stage.ts"
import * as TemporaryFolder from "../local/TemporaryFolder.ts"
import type * as Flags from "./Flags.ts"
import * as LocalReport from "./LocalReport.ts"
import * as LocalWorld from "./LocalWorld.ts"

type Given = {
  readonly [Name in keyof typeof Flags.local]: (typeof Flags.local)[Name] extends Flag.Flag<infer A> ? A : never
}

/** The time that was given is over, and the cluster was never Ready. */
export class NotReady extends Schema.TaggedError<NotReady>()("NotReady", { detail: Schema.String }) {
  override get message(): string {
    return `the cluster was not Ready in time: ${this.detail}`
  }
}

const folderPrefix = "gungnir-local-"

const isReady = (cluster: Cluster | undefined): boolean =>
  cluster?.status.conditions.some(({ status, type }) => type === "Ready" && status === "True") === true &&
  cluster.status.readyReplicas >= cluster.spec.replicas

const untilReady = (stage: Stage): Effect.Effect<void> =>
  Effect.suspend(() =>
    isReady(stage.cluster()) ? Effect.void : Effect.andThen(Effect.sleep("5 millis"), untilReady(stage))
  )

/** Milliseconds since this process was started: what a person has waited. */
const waited = Effect.sync(() => Math.round(process.uptime() * 1000))

const conditionsOf = (cluster: Cluster | undefined): string =>
  cluster?.status.conditions.map(({ message, status, type }) => `${type} ${status} ${message}`.trim()).join(", ") ||
  "the operator has said nothing of it"

/** What goes on while the cluster is there. */
const session = Effect.fnUntraced(function* (
  flags: Given,
  world: LocalWorld.World,
  report: LocalReport.Report,
  told: LocalReport.Told
) {
  const { runner, stage, writer } = world
  const tell = (measured: Failovers.Measured) =>
    Effect.suspend(() => {
      told.failovers.push(measured)
      return report.failover(measured)
    })
  yield* Effect.forkScoped(Failovers.measure(stage.cluster, writer, tell))
  yield* Effect.forkScoped(report.watch(world, told))
  yield* untilReady(stage)
  told.readyMs = yield* waited
  yield* report.ready(world, told.readyMs)
  if (Option.isSome(flags.kill)) {
    return yield* Kill.repeatedly(stage, runner, flags.kill.value, Duration.toMillis(flags.every), report.killed)
  }
  return yield* Effect.never
})

/** To the end of the time that was given, counted from the start of the process. */
const bounded = Effect.fnUntraced(function* <E, R>(time: Given["for"], endless: Effect.Effect<never, E, R>) {
  if (Option.isNone(time)) return yield* endless
  const left = Math.max(0, Duration.toMillis(time.value) - (yield* waited))
  yield* Effect.timeoutOption(endless, left)
})

const program = Effect.fnUntraced(function* (flags: Given, report: LocalReport.Report) {
  const cluster = yield* Example.read(flags.cluster)
  yield* TemporaryFolder.sweep(folderPrefix)
  const folder = yield* TemporaryFolder.make(folderPrefix)
  const embedded = yield* Embedded.make({ kubeconfigPath: join(folder, "kubeconfig"), port: flags.port })
  yield* report.listening(embedded.kubeconfigPath)
  const { embeddedNodes } = flags
  const world = yield* LocalWorld.make({ embedded, cluster, folder, embeddedNodes })
  const told: LocalReport.Told = { kubeconfig: embedded.kubeconfigPath, readyMs: undefined, failovers: [] }
  const summary = Effect.suspend(() => (told.readyMs === undefined ? Effect.void : report.summary(world, told)))
  const all = Effect.scoped(Effect.raceFirst(session(flags, world, report, told), Fiber.join(world.operator)))
  yield* bounded(flags.for, all).pipe(Effect.ensuring(summary))
  if (told.readyMs === undefined) return yield* new NotReady({ detail: conditionsOf(world.stage.cluster()) })
})

const reportOf = ({ logFormat, logLevel, output }: Given): LocalReport.Report => {
  const options = { logFormat, logLevel, verbose: false }
  if (output === "json") return LocalReport.json(options)
  return process.stdout.isTTY ? LocalReport.live(process.stdout, options) : LocalReport.text(options)
}

/** Runs until Ctrl-C, or for as long as `--for` says. */
export const runLocal = (flags: Given) =>
  Effect.suspend(() => {
    const report = reportOf(flags)
    return program(flags, report).pipe(Effect.scoped, Effect.provide(report.logs))
  })
