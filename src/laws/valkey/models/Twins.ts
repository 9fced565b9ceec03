/**
 * Two clusters of one name in two namespaces, under one `Sentinel`: what is
 * done to one of them is none of the other's (`gungnir:W17`).
 */
import type { Key } from "../../../domain/Controller.ts"
import * as Cluster from "../../../domain/valkey/Cluster.ts"
import type { Model } from "../../../models/closed/Model.ts"
import { world } from "../../../models/closed/World.ts"
import { sentinel } from "../../../programs/valkey/Sentinel.ts"
import * as Scene from "./Scene.ts"
import * as Sentinel from "./Sentinel.ts"
import * as Laws from "./SentinelLaws.ts"

const keys: ReadonlyArray<Key> = [Scene.key, { ...Scene.key, namespace: "yard" }]

const spec = { replicas: 1 }

/** Of one pod each; with these budgets of `Model.budgets` and of the world. */
export const model = (name: string, budgets: Readonly<Record<string, number>>): Model => ({
  name,
  controllers: [sentinel(Sentinel.settings)],
  world: world({
    definitions: [Cluster.crd()],
    namespaces: keys.map(({ namespace }) => namespace),
    objects: [
      ...keys.map((at) => ({ resource: Cluster.resource, object: Scene.cluster(spec, at) })),
      ...keys.flatMap((at) => Sentinel.made(spec, at))
    ],
    budgets,
    faults: { when: (read) => keys.every((at) => Sentinel.isBorn(read, at)) }
  }),
  budgets,
  properties: [
    ...Laws.properties({ keys, pods: 1, budgets }),
    ...keys.map((at) => ({
      _tag: "Sometimes" as const,
      name: `the cluster is whole${Scene.whereOf(at)}`,
      holds: (read: Parameters<typeof Laws.whole>[0]) => Laws.whole(read, at)
    }))
  ],
  requests: Laws.requests
})
