/**
 * The model of a whole cluster by itself, without programs or a clock: API
 * requests per second with all that follows from them, and the lives that make
 * them. `npm run bench:world [-- SETS]`; a digest tells whether two versions of
 * the model did the same.
 */
import { createHash } from "node:crypto"
import * as Exit from "effect/Exit"
import type { ApiRequest } from "../src/domain/kube/Wire.ts"
import * as Cluster from "../src/domain/valkey/Cluster.ts"
import { subResources } from "../src/domain/valkey/resources/SubResources.ts"
import { bootWith } from "../src/interpreters/memory/Cluster.ts"
import { counting } from "../src/models/Names.ts"
import * as Process from "../src/models/valkey/Process.ts"
import * as World from "../src/models/World.ts"

const start = Date.UTC(2026, 0, 1)
const crd = { group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions" }
const clusters = { group: "valkey.verilean.io", version: "v1", resource: "valkeyclusters", namespace: "default" }
const pods = { group: "", version: "v1", resource: "pods", namespace: "default" }
const sets = { group: "apps", version: "v1", resource: "statefulsets", namespace: "default" }
const services = { group: "", version: "v1", resource: "services", namespace: "default" }
const merge = { verb: "patch", contentType: "application/merge-patch+json" } as const

/** One life at a time: the world, its clock, and what it has answered. */
class Life {
  world: World.World
  now = start
  requests = 0
  readonly digest = createHash("sha256")

  constructor() {
    this.world = World.settle(World.withApi(bootWith(["node-0", "node-1", "node-2"], counting(start))), counting(start))
  }

  ask(wire: ApiRequest): unknown {
    const [world, reply] = World.request(this.world, wire, counting(this.now))
    this.world = world
    this.requests++
    this.digest.update(JSON.stringify(reply) ?? "")
    if (reply !== undefined && reply.status >= 300) throw new Error(JSON.stringify({ wire, reply }))
    return reply?.body
  }

  /** Lets time pass, from due time to due time. */
  wait(millis: number): void {
    const end = this.now + millis
    for (;;) {
      const due = World.dueAt(this.world, this.now)
      this.now = due === undefined || due > end ? end : due
      this.world = World.settle(this.world, counting(this.now))
      if (this.now === end) return
    }
  }

  kill(pod: string): void {
    const id = World.endpointOf(this.world, "default", pod)
    if (id === undefined) throw new Error(`nothing runs in ${pod}`)
    const valkey = Process.kill(this.world.valkey, id)
    this.world = World.settle({ ...this.world, valkey }, counting(this.now))
  }

  /** Of everything there is and ever was answered. */
  sum(): string {
    const { api, ...rest } = this.world
    const objects = [...api.objects].map(([key, all]) => [key, [...all]])
    return this.digest
      .update(JSON.stringify([objects, api.log, rest]))
      .digest("hex")
      .slice(0, 16)
  }
}

/** As the operator makes a cluster: its CR, six objects by apply, and one that follows from them. */
const create = (life: Life, name: string): void => {
  const body = { apiVersion: "valkey.verilean.io/v1", kind: "ValkeyCluster", metadata: { name, namespace: "default" } }
  life.ask({ verb: "create", ...clusters, body: { ...body, spec: { replicas: 3 } } })
  const cluster = Exit.getSuccess(Cluster.decode(life.ask({ verb: "get", ...clusters, name }) as never))
  if (cluster._tag === "None") throw new Error("the cluster is not valid")
  for (const { object, resource } of subResources(cluster.value)) {
    life.ask({
      verb: "patch",
      group: resource.group,
      version: resource.version,
      resource: resource.plural,
      namespace: "default",
      name: object.metadata.name!,
      contentType: "application/apply-patch+yaml",
      query: { fieldManager: "gungnir-resources", force: "true" },
      body: object.kind === "Secret" ? { ...object, data: { password: "cGFzc3dvcmQ=" } } : object
    })
  }
  life.wait(100)
}

const used = (life: Life, name: string): void => {
  const target = `${name}-0`
  const selector = { "statefulset.kubernetes.io/pod-name": target }
  life.ask({ ...merge, ...services, name: `${name}-client`, body: { spec: { selector } } })
  for (const readyReplicas of [1, 2, 3]) {
    const status = { masterPod: target, readyReplicas }
    life.ask({ ...merge, ...clusters, name, subresource: "status", body: { status } })
  }
  for (let round = 0; round < 5; round++) {
    life.ask({ verb: "get", ...clusters, name })
    life.ask({ verb: "list", ...pods, query: { labelSelector: `app.kubernetes.io/instance=${name}` } })
  }
}

const shaken = (life: Life, name: string): void => {
  life.kill(`${name}-1`)
  life.wait(1000)
  life.kill(`${name}-1`)
  life.wait(30_000)
  life.ask({ verb: "delete", ...pods, name: `${name}-2` })
  life.wait(2000)
  life.ask({ ...merge, ...sets, name, body: { spec: { replicas: 5 } } })
  life.wait(2000)
  life.ask({ ...merge, ...sets, name, body: { spec: { replicas: 3 } } })
  life.wait(2000)
  life.ask({ verb: "delete", ...services, name: `${name}-client` })
}

const whole = (count: number): Life => {
  const life = new Life()
  life.ask({ verb: "create", ...crd, body: Cluster.crd() })
  const names = Array.from({ length: count }, (_, index) => `vk${index}`)
  for (const each of [create, used, shaken]) for (const name of names) each(life, name)
  for (const name of names) life.ask({ verb: "delete", ...clusters, name })
  life.wait(60_000)
  return life
}

const timed = (count: number): string => {
  const begin = performance.now()
  const life = whole(count)
  const took = performance.now() - begin
  const writes = life.world.api.revision
  const rate = (number: number) => Math.round((1000 * number) / took)
  const sizes = `${count} ${count === 1 ? "cluster" : "clusters"}`.padEnd(12)
  const figures = `${took.toFixed(0)} ms, ${rate(life.requests)} requests/s, ${rate(writes)} writes/s`
  return `${sizes} ${figures} (${life.requests} requests, ${writes} writes), digest ${life.sum()}`
}

const most = Number(process.argv[2] ?? 10)
for (let warm = 0; warm < 5; warm++) whole(1)
for (const count of [1, 3, 10, 30, 100]) if (count <= most) process.stdout.write(`${timed(count)}\n`)
