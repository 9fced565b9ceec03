/**
 * Where the containers of one pod run: an address of their own, and how a
 * command is started there. On loopback addresses anywhere, in a network
 * namespace as root.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { spawnSync } from "node:child_process"
import { createServer, type Server } from "node:net"

export class SandboxError extends Schema.TaggedError<SandboxError>()("SandboxError", {
  what: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.what}: ${this.detail}`
  }
}

export interface Sandbox {
  readonly address: string
  /** Prefix of every command line that runs in it. */
  readonly enter: ReadonlyArray<string>
  /** Added to every environment in it. */
  readonly env: Readonly<Record<string, string>>
}

/** Makes places for pods; each goes with its scope. */
export interface Sandboxes {
  readonly make: Effect.Effect<Sandbox, SandboxError, Scope.Scope>
  /** Of the machine, as pods see it. */
  readonly host: string
}

/** Numbers that are not in use, the longest unused first: an address comes back late, as with real allocators. */
const allocator = (last: number) => {
  const taken = new Set<number>()
  let next = 1
  const take = Effect.sync(() => {
    while (taken.has(next)) next = next === last ? 1 : next + 1
    const number = next
    taken.add(number)
    next = next === last ? 1 : next + 1
    return number
  })
  return Effect.acquireRelease(take, (number) => Effect.sync(() => taken.delete(number)))
}

/**
 * Addresses 127.`net`.x.y: no privilege is needed, and all pods share the
 * machine's network, so a server must bind to the address in `BIND`.
 */
export const loopback = (net: number): Sandboxes => {
  const numbers = allocator(250 * 250)
  return {
    host: "127.0.0.1",
    make: Effect.map(numbers, (number) => {
      const address = `127.${net}.${Math.floor(number / 250) + 1}.${(number % 250) + 1}`
      return { address, enter: [], env: { BIND: address } }
    })
  }
}

/** First network of loopback addresses that is tried, and how many of them. */
const firstNet = 77
const nets = 40

const listen = (host: string, port: number): Effect.Effect<Server, SandboxError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Server, SandboxError>((resume) => {
      const server = createServer((socket) => socket.destroy())
      server.once("error", (error: NodeJS.ErrnoException) =>
        resume(Effect.fail(new SandboxError({ what: `${host}:${port}`, detail: error.code ?? error.message })))
      )
      server.listen(port, host, () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.callback((resume) => void server.close(() => resume(Effect.void)))
  )

/** Why `port` is free on no network. */
const unusable = (port: number, { detail }: SandboxError): SandboxError =>
  new SandboxError({
    what: "pods need loopback addresses of their own",
    detail:
      detail === "EADDRNOTAVAIL"
        ? "this machine has 127.0.0.1 only, as macOS; run it in a Linux container"
        : `port ${port} is not free on any: ${detail}; end what listens on it, or set another spec.port`
  })

/**
 * Loopback addresses on which nobody listens at `port`: another cluster on this
 * machine holds others, until its scope ends.
 */
export const freeLoopback = Effect.fnUntraced(function* (
  port: number
): Effect.fn.Return<Sandboxes, SandboxError, Scope.Scope> {
  let last = new SandboxError({ what: "", detail: "" })
  for (let net = firstNet; net < firstNet + nets; net++) {
    // The first pods come here: servers that outlived another runner are found too.
    const isFree = Effect.forEach([2, 3, 4], (last) => listen(`127.${net}.1.${last}`, port), { discard: true })
    const claim = Effect.andThen(Effect.scoped(isFree), listen(`127.${net}.0.1`, port))
    const claimed = yield* Effect.result(claim)
    if (Result.isSuccess(claimed)) return loopback(net)
    last = claimed.failure
    if (last.detail === "EADDRNOTAVAIL") break
  }
  return yield* unusable(port, last)
})

const ip = (...words: ReadonlyArray<string>): Effect.Effect<void, SandboxError> =>
  Effect.suspend(() => {
    const { error, status, stderr } = spawnSync("ip", words, { encoding: "utf8" })
    return status === 0
      ? Effect.void
      : Effect.fail(new SandboxError({ what: `ip ${words.join(" ")}`, detail: error?.message ?? stderr.trim() }))
  })

/**
 * A network namespace for each pod, on a bridge of this process's own network
 * namespace: 10.244.`net`.0/24. Needs root, or a user namespace.
 */
export const namespaces = Effect.fnUntraced(function* (
  net: number
): Effect.fn.Return<Sandboxes, SandboxError, Scope.Scope> {
  const bridge = `gungnir${net}`
  const host = `10.244.${net}.1`
  yield* Effect.acquireRelease(ip("link", "add", bridge, "type", "bridge"), () =>
    Effect.ignore(ip("link", "del", bridge))
  )
  yield* ip("addr", "add", `${host}/24`, "dev", bridge)
  yield* ip("link", "set", bridge, "up")
  const numbers = allocator(252)
  return {
    host,
    make: Effect.gen(function* () {
      const number = yield* numbers
      const name = `${bridge}-${number}`
      const address = `10.244.${net}.${number + 1}`
      const outside = `gv${net}-${number}`
      yield* Effect.acquireRelease(ip("netns", "add", name), () => Effect.ignore(ip("netns", "del", name)))
      yield* ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name)
      yield* ip("link", "set", outside, "master", bridge, "up")
      yield* ip("-n", name, "addr", "add", `${address}/24`, "dev", "eth0")
      yield* ip("-n", name, "link", "set", "eth0", "up")
      yield* ip("-n", name, "link", "set", "lo", "up")
      return { address, enter: ["ip", "netns", "exec", name], env: {} }
    })
  }
})
