/** Peers on loopback that answer with chosen bytes: what else may listen at the address of a pod. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type AddressInfo, createServer, type Socket } from "node:net"
import * as Resp3 from "../../src/domain/valkey/Resp3.ts"
import * as Parser from "../../src/domain/valkey/resp3/Parser.ts"

export interface Peer {
  readonly address: "127.0.0.1"
  readonly port: number
  /** The words of all command lines that came, in order. */
  readonly lines: Array<ReadonlyArray<string>>
  readonly connections: () => number
  readonly open: () => number
}

/** Does `greet` with every connection, and `answer` with every command line. */
export const listen = (
  greet: (socket: Socket) => void,
  answer: (socket: Socket, words: ReadonlyArray<string>, connection: number) => void = () => undefined
): Effect.Effect<Peer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Peer & { readonly close: () => void }>((resume) => {
      const sockets = new Set<Socket>()
      const lines: Array<ReadonlyArray<string>> = []
      let connections = 0
      const server = createServer((socket) => {
        const connection = ++connections
        let parser = Parser.make()
        sockets.add(socket)
        socket.on("close", () => sockets.delete(socket)).on("error", () => undefined)
        socket.on("data", (chunk) => {
          const [next, values] = Parser.feed(parser, chunk)
          parser = next
          for (const words of values.map(Resp3.commandOf)) {
            if (words === undefined) continue
            lines.push(words)
            answer(socket, words, connection)
          }
        })
        greet(socket)
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo // a TCP server has one
        const close = () => {
          for (const socket of sockets) socket.destroy()
          server.close()
        }
        resume(
          Effect.succeed({
            address: "127.0.0.1",
            port,
            lines,
            connections: () => connections,
            open: () => sockets.size,
            close
          })
        )
      })
    }),
    (peer) => Effect.sync(peer.close)
  )

export const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`

export const runId = "e3ec9ba4b3b6b6dba3b5e0a0d0cbb4a4a1bd3f3c"
export const replid = "8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb"

export const hello = "%2\r\n$6\r\nserver\r\n$6\r\nvalkey\r\n$5\r\nproto\r\n:3\r\n"
export const infoText =
  `# Server\r\nrun_id:${runId}\r\nvalkey_version:8.0.1\r\n# Replication\r\nrole:master\r\n` +
  `master_replid:${replid}\r\nmaster_repl_offset:7\r\n`
export const info = bulk(infoText)

/** A server that knows both handshakes; `answer` says the bytes for all other lines, and may override. */
export const valkey = (
  answer: (words: ReadonlyArray<string>, socket: Socket, connection: number) => string | undefined
) =>
  listen(
    () => undefined,
    (socket, words, connection) => {
      const own = answer(words, socket, connection)
      if (own !== undefined) socket.write(own)
      else if (words[0] === "HELLO") socket.write(hello)
      else if (words[0] === "INFO") socket.write(info)
      else socket.write("+OK\r\n")
    }
  )
