/** An HTTP server on loopback that answers as a test says, well or badly, and counts what it sees. */
import { KubeConfig } from "@kubernetes/client-node"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"

export interface FaultyServer {
  readonly url: string
  readonly config: KubeConfig
  /** Method and path of every request so far. */
  readonly requests: ReadonlyArray<string>
  readonly connections: () => number
  /** Ends every open connection. */
  readonly cut: Effect.Effect<void>
}

export type Behaviour = (request: IncomingMessage, response: ServerResponse, count: number) => void

export const configOf = (server: string, user: Record<string, unknown> = { token: "secret-token" }): KubeConfig => {
  const config = new KubeConfig()
  config.loadFromClusterAndUser({ name: "c", server, skipTLSVerify: false }, { name: "u", ...user })
  return config
}

/** Answers until the scope closes. `count` is 1 for the first request. */
export const start = (behaviour: Behaviour): Effect.Effect<FaultyServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<{ readonly server: ReturnType<typeof createServer>; readonly faulty: FaultyServer }>((resume) => {
      const requests: Array<string> = []
      const sockets = new Set<Socket>()
      let connections = 0
      const server = createServer((request, response) => {
        requests.push(`${request.method} ${request.url}`)
        request.resume()
        behaviour(request, response, requests.length)
      })
      server.on("connection", (socket) => {
        connections += 1
        sockets.add(socket)
        socket.once("close", () => sockets.delete(socket))
      })
      server.listen(0, "127.0.0.1", () => {
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        const cut = Effect.sync(() => sockets.forEach((socket) => socket.destroy()))
        const faulty = { url, config: configOf(url), requests, connections: () => connections, cut }
        resume(Effect.succeed({ server, faulty }))
      })
    }),
    ({ server }) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  ).pipe(Effect.map(({ faulty }) => faulty))

export const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))

export const configMap = (resourceVersion: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "n", resourceVersion }
})

export const event = (type: string, resourceVersion: string) =>
  `${JSON.stringify({ type, object: configMap(resourceVersion) })}\n`
