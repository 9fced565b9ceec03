import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { connect, createServer, type Socket } from "node:net"
import { Kubernetes } from "../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import * as ServiceProxy from "../../src/local/ServiceProxy.ts"
import * as LocalCluster from "./LocalCluster.ts"

const port = 7001

/** Says its name to whoever connects, and once more when it is asked. */
const backend = (host: string, name: string): Effect.Effect<void, never, Scope.Scope> =>
  Effect.asVoid(
    Effect.acquireRelease(
      Effect.callback<() => void>((resume) => {
        const sockets = new Set<Socket>()
        const server = createServer((socket) => {
          sockets.add(socket)
          socket.on("error", () => socket.destroy())
          socket.write(name)
          socket.on("data", () => socket.write(name))
        })
        server.listen(port, host, () =>
          resume(
            Effect.succeed(() => {
              server.close()
              for (const socket of sockets) socket.destroy()
            })
          )
        )
      }),
      (close) => Effect.sync(close)
    )
  )

interface Connection {
  /** What comes next; `""` at the end, the error's code when it was reset. */
  readonly read: Effect.Effect<string>
  readonly ask: Effect.Effect<void>
}

const open = ({ host, port }: ServiceProxy.Address): Effect.Effect<Connection, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => connect(port, host)),
      (socket) => Effect.sync(() => socket.destroy())
    ),
    (socket) => {
      const seen: Array<string> = []
      let resume: ((text: Effect.Effect<string>) => void) | undefined
      const push = (text: string) => {
        const reader = resume
        resume = undefined
        if (reader === undefined) seen.push(text)
        else reader(Effect.succeed(text))
      }
      socket.setEncoding("utf8")
      socket.on("data", (text: string) => push(text))
      socket.on("error", (error: NodeJS.ErrnoException) => push(error.code ?? ""))
      socket.on("end", () => push(""))
      return {
        read: Effect.callback<string>((next) => {
          const text = seen.shift()
          if (text === undefined) resume = next
          else next(Effect.succeed(text))
        }),
        ask: Effect.sync(() => void socket.write("?"))
      }
    }
  )

const slice = (addresses: ReadonlyArray<string>, isReady = true) => ({
  addressType: "IPv4",
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: isReady } })),
  ports: [{ name: "main", port, protocol: "TCP" }]
})

const labels = { "kubernetes.io/service-name": "door" }

/** Asks until it is so. */
const until = <A>(look: () => A | undefined): Effect.Effect<A> =>
  Effect.suspend(() => {
    const found = look()
    return found === undefined ? Effect.andThen(Effect.sleep("2 millis"), until(look)) : Effect.succeed(found)
  })

const setUp = Effect.gen(function* () {
  const cluster = yield* LocalCluster.make
  const proxy = yield* ServiceProxy.make.pipe(Effect.provideService(Kubernetes, cluster.kubernetes))
  yield* cluster.create(Kinds.Service, "door", { spec: { ports: [{ name: "main", port: 80, targetPort: port }] } })
  yield* cluster.create(Kinds.EndpointSlice, "door-1", {
    ...slice([]),
    metadata: { name: "door-1", namespace: "default", labels }
  })
  const address = yield* until(() => proxy.addressOf("default", "door", 80))
  const hosts = () => proxy.endpointsOf("default", "door", 80).map(({ host }) => host)
  /** New connections go there, and nowhere else. */
  const lead = (addresses: ReadonlyArray<string>, isReady = true) =>
    Effect.andThen(
      cluster.merge(Kinds.EndpointSlice, "door-1", slice(addresses, isReady)),
      until(() => (hosts().join() === (isReady ? addresses.join() : "") ? true : undefined))
    )
  return { ...cluster, proxy, address, lead }
})

const [a, b] = ["127.66.0.1", "127.66.0.2"] as const

describe("the proxy of a Service", () => {
  it.live("leads new connections where the EndpointSlices say, and never moves an open one", () =>
    Effect.gen(function* () {
      const { address, lead } = yield* setUp
      yield* backend(a, "a")
      yield* backend(b, "b")
      yield* lead([a])
      const first = yield* open(address)
      assert.strictEqual(yield* first.read, "a")
      yield* lead([b])
      const second = yield* open(address)
      assert.strictEqual(yield* second.read, "b")
      yield* first.ask
      assert.strictEqual(yield* first.read, "a")
    }).pipe(Effect.scoped)
  )

  it.live("takes the endpoints of a Service in turn", () =>
    Effect.gen(function* () {
      const { address, lead } = yield* setUp
      yield* backend(a, "a")
      yield* backend(b, "b")
      yield* lead([a, b])
      const answers = yield* Effect.forEach([1, 2, 3, 4], () => Effect.flatMap(open(address), ({ read }) => read))
      assert.deepStrictEqual(answers.toSorted(), ["a", "a", "b", "b"])
    }).pipe(Effect.scoped)
  )

  it.live("resets connections while no endpoint is ready", () =>
    Effect.gen(function* () {
      const { address, lead } = yield* setUp
      yield* backend(a, "a")
      const nobody = yield* open(address)
      assert.strictEqual(yield* nobody.read, "ECONNRESET")
      yield* lead([a], false)
      const unready = yield* open(address)
      assert.strictEqual(yield* unready.read, "ECONNRESET")
      yield* lead([a])
      const served = yield* open(address)
      assert.strictEqual(yield* served.read, "a")
    }).pipe(Effect.scoped)
  )

  it.live("ends a connection with its endpoint", () =>
    Effect.gen(function* () {
      const { address, lead } = yield* setUp
      yield* lead([a])
      const life = yield* Scope.make()
      yield* Scope.provide(backend(a, "a"), life)
      const connection = yield* open(address)
      assert.strictEqual(yield* connection.read, "a")
      yield* Scope.close(life, Exit.void)
      assert.include(["", "ECONNRESET"], yield* connection.read)
    }).pipe(Effect.scoped)
  )

  it.live("stops listening when the Service is deleted", () =>
    Effect.gen(function* () {
      const { address, proxy, remove } = yield* setUp
      yield* remove(Kinds.Service, "door", 0)
      yield* until(() => (proxy.addressOf("default", "door", 80) === undefined ? true : undefined))
      const connection = yield* open(address)
      assert.strictEqual(yield* connection.read, "ECONNREFUSED")
    }).pipe(Effect.scoped)
  )
})
