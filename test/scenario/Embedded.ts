/**
 * The world in one process of this machine, in real time: the API model behind
 * HTTP, pods with embedded nodes, and the operator as the process that users start.
 */
import * as Effect from "effect/Effect"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { appendFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Transport } from "../../src/domain/Capability.ts"
import { Kubernetes } from "../../src/domain/kube/Kubernetes.ts"
import type { ApiReply, ApiRequest } from "../../src/domain/kube/Wire.ts"
import * as Pool from "../../src/interpreters/live/ValkeyPool.ts"
import * as Socket from "../../src/interpreters/live/ValkeySocket.ts"
import * as Embedded from "../../src/local/Embedded.ts"
import * as EmbeddedNode from "../../src/local/EmbeddedNode.ts"
import * as Endpoint from "../../src/local/Endpoint.ts"
import * as PodRunner from "../../src/local/PodRunner.ts"
import * as Process from "../../src/local/Process.ts"
import * as Sandbox from "../../src/local/Sandbox.ts"
import * as Processes from "../servers/Processes.ts"
import { asking } from "./Ask.ts"
import type { Asked, World } from "./Environment.ts"

const logFile = process.env["GUNGNIR_SCENARIO_LOG"]
const log = (line: string): void => {
  if (logFile !== undefined) appendFileSync(logFile, `${new Date().toISOString()} ${line}\n`)
}

/**
 * A second door into the same world, for the operator alone: what comes through
 * it is counted. Answers the kubeconfig that leads there.
 */
const countedDoor = Effect.fnUntraced(function* (embedded: Embedded.Embedded, asked: Array<Asked>) {
  const send: Transport<ApiRequest, ApiReply> = (request) =>
    Effect.suspend(() => {
      asked.push({ verb: request.verb, resource: request.resource })
      return embedded.send(request)
    })
  const { url } = yield* Endpoint.make({ send, state: SubscriptionRef.get(embedded.world) })
  const path = `${embedded.kubeconfigPath}.operator`
  writeFileSync(path, readFileSync(embedded.kubeconfigPath, "utf8").replace(embedded.url, url), { mode: 0o600 })
  return path
})

/** `gungnir operator`, as a process; killed with the scope. */
const operator = (kubeconfigPath: string): World["operator"] =>
  Effect.asVoid(
    Process.run(
      [
        process.execPath,
        join(import.meta.dirname, "../../src/bin/gungnir.ts"),
        "operator",
        "--kubeconfig",
        kubeconfigPath,
        "--lease-namespace=default",
        "--health-port=0"
      ],
      process.env,
      (text) => log(`[operator] ${text.trimEnd()}`)
    )
  )

export const make = Effect.gen(function* () {
  const folder = yield* Processes.folder
  const embedded = yield* Embedded.make({ kubeconfigPath: join(folder, "kubeconfig") })
  const asked: Array<Asked> = []
  const door = yield* countedDoor(embedded, asked)
  const image = yield* EmbeddedNode.make
  const pods = yield* PodRunner.make({
    send: embedded.send,
    sandboxes: yield* Sandbox.freeLoopback(6379),
    images: () => image,
    folder: join(folder, "pods"),
    node: "runner",
    backoffMillis: () => 300
  })
  const kubernetes = Kubernetes.over(embedded.send)
  const exchange = yield* Pool.make(Socket.dialer, {})
  return {
    send: embedded.send,
    kubernetes,
    requests: Effect.sync(() => [...asked]),
    signal: pods.signal,
    ask: asking(kubernetes, exchange),
    operator: operator(door)
  } satisfies World
})
