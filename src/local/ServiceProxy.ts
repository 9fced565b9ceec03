/**
 * A real proxy for every Service with a cluster IP: new connections go to a
 * ready endpoint of its EndpointSlices, established ones are never moved, as
 * with kube-proxy (`failover:5.6`).
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from "node:net"
import type { Kubernetes } from "../domain/kube/Kubernetes.ts"
import * as Kinds from "../domain/kube/Object.ts"
import type { View } from "../models/kube/controllers/BuiltIn.ts"
import { nameOf, namespaceOf, type Service, type ServicePort, type Slice } from "../models/kube/controllers/Shapes.ts"
import * as Mirror from "./Mirror.ts"

export interface Address {
  readonly host: string
  readonly port: number
}

export interface ServiceProxy {
  /** Where the port of a Service is reached on this machine; undefined while it is not served. */
  readonly addressOf: (namespace: string, service: string, port: number) => Address | undefined
  /** The addresses that new connections go to. */
  readonly endpointsOf: (namespace: string, service: string, port: number) => ReadonlyArray<Address>
}

interface Listener {
  readonly server: Server
  readonly sockets: Set<Socket>
  address: Address | undefined
}

const portKey = (namespace: string, service: string, port: number): string => `${namespace}/${service}:${port}`

const slicesOf = (view: View, service: Service): ReadonlyArray<Slice> =>
  view
    .list<Slice>(Kinds.EndpointSlice, namespaceOf(service))
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === nameOf(service))

const endpoints = (view: View, service: Service, { name = "" }: ServicePort): ReadonlyArray<Address> =>
  slicesOf(view, service).flatMap((slice) => {
    const port = (slice.ports ?? []).find((one) => (one.name ?? "") === name)?.port
    const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions.ready)
    return port === undefined ? [] : ready.flatMap(({ addresses }) => addresses.map((host) => ({ host, port })))
  })

/** The cluster IP as an address of this machine: 10.96.1.2 is reached as 127.96.1.2. */
const localAddress = (clusterIp: string): string => clusterIp.replace(/^\d+/, "127")

const hasAddress = ({ spec }: Service): boolean => spec.clusterIP !== undefined && /^\d/.test(spec.clusterIP)

/** Both ends go together; what has arrived is delivered first. */
const join = (client: Socket, target: Address): void => {
  const server = createConnection(target)
  server.setNoDelay(true)
  client.setNoDelay(true)
  client.pipe(server)
  server.pipe(client)
  const end = () => {
    client.destroy()
    server.destroy()
  }
  client.on("error", end).on("close", end)
  server.on("error", end).on("close", end)
}

const listen = (host: string, port: number, targets: () => ReadonlyArray<Address>): Listener => {
  let turn = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    sockets.add(client)
    client.on("close", () => sockets.delete(client))
    client.on("error", () => client.destroy())
    const all = targets()
    const target = all[turn++ % Math.max(1, all.length)]
    if (target === undefined) client.resetAndDestroy()
    else join(client, target)
  })
  const listener: Listener = { server, sockets, address: undefined }
  server.on("listening", () => {
    // A text is the address of a pipe only, and this listens on a port.
    const { address, port } = server.address() as AddressInfo
    listener.address = { host: address, port }
  })
  // Machines without all of 127.0.0.0/8 get a free port of the one loopback address.
  server.once("error", () => server.listen(0, "127.0.0.1"))
  server.listen(port, host)
  return listener
}

const close = ({ server, sockets }: Listener): void => {
  server.close()
  for (const socket of sockets) socket.destroy()
}

/** Serves until its scope ends. */
export const make: Effect.Effect<ServiceProxy, never, Kubernetes | Scope.Scope> = Effect.gen(function* () {
  const mirror = yield* Mirror.make([Kinds.Service, Kinds.EndpointSlice])
  const listeners = new Map<string, Listener>()

  const endpointsOf = (namespace: string, name: string, port: number): ReadonlyArray<Address> => {
    const view = mirror.view()
    const service = view.get<Service>(Kinds.Service, namespace, name)
    const served = service?.spec.ports?.find((one) => one.port === port)
    return service === undefined || served === undefined ? [] : endpoints(view, service, served)
  }

  const follow = Effect.sync(() => {
    const wanted = new Set<string>()
    for (const service of mirror.view().list<Service>(Kinds.Service).filter(hasAddress)) {
      for (const { port } of service.spec.ports ?? []) {
        const [namespace, name] = [namespaceOf(service), nameOf(service)]
        const key = portKey(namespace, name, port)
        wanted.add(key)
        if (listeners.has(key)) continue
        listeners.set(
          key,
          listen(localAddress(service.spec.clusterIP!), port, () => endpointsOf(namespace, name, port))
        )
      }
    }
    for (const [key, listener] of listeners) {
      if (wanted.has(key)) continue
      listeners.delete(key)
      close(listener)
    }
  })

  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const listener of listeners.values()) close(listener)
    })
  )
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(follow, mirror.changed)))
  return {
    addressOf: (namespace, service, port) => listeners.get(portKey(namespace, service, port))?.address,
    endpointsOf
  }
})
