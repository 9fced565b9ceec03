/** What a Service has because of its type, and loses with it: as kube-apiserver 1.34 answers. */
import { assert, describe, it } from "@effect/vitest"
import { Service } from "../../../src/domain/kube/Object.ts"
import { ContentType } from "../../../src/domain/kube/Wire.ts"
import { Session } from "./ApiSession.ts"

const plain = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "a" },
  spec: { ports: [{ name: "v", port: 6379 }], selector: { app: "a" } }
}

const made = (): Session => {
  const session = new Session()
  session.send("create", Service, { body: plain })
  return session
}

const patch = (session: Session, spec: unknown) =>
  session.send("patch", Service, { name: "a", contentType: ContentType.merge, body: { spec } })

/** The fields that come with types. */
const typed = (object: Readonly<Record<string, unknown>>) => {
  const {
    clusterIP: _1,
    clusterIPs: _2,
    ipFamilies: _3,
    ipFamilyPolicy: _4,
    ...rest
  } = object["spec"] as Record<string, unknown>
  return rest
}

const asClusterIp = {
  type: "ClusterIP",
  sessionAffinity: "None",
  internalTrafficPolicy: "Cluster",
  ports: [{ name: "v", port: 6379, protocol: "TCP", targetPort: 6379 }],
  selector: { app: "a" }
}

describe("a Service that gets another type", () => {
  it("has what the type brings, and is as before when it is taken back", () => {
    const session = made()
    const before = session.send("get", Service, { name: "a" }).object
    assert.deepStrictEqual(typed(before), asClusterIp)
    assert.deepStrictEqual(typed(patch(session, { type: "NodePort" }).object), {
      ...asClusterIp,
      type: "NodePort",
      externalTrafficPolicy: "Cluster",
      ports: [{ ...asClusterIp.ports[0]!, nodePort: 30_000 }]
    })
    const after = patch(session, { type: "ClusterIP" })
    assert.deepStrictEqual({ status: after.status, spec: typed(after.object) }, { status: 200, spec: asClusterIp })
    assert.deepStrictEqual(after.object["spec"], before["spec"])
  })

  it("loses everything of a load balancer, by an apply of who never owned it too", () => {
    const session = made()
    const balanced = patch(session, { type: "LoadBalancer", externalTrafficPolicy: "Local" })
    assert.deepStrictEqual(typed(balanced.object), {
      ...asClusterIp,
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
      allocateLoadBalancerNodePorts: true,
      healthCheckNodePort: 31_999,
      ports: [{ ...asClusterIp.ports[0]!, nodePort: 30_000 }]
    })
    const after = session.send("patch", Service, {
      name: "a",
      contentType: ContentType.apply,
      query: { fieldManager: "me", force: "true" },
      body: { ...plain, spec: { ...plain.spec, type: "ClusterIP" } }
    })
    assert.deepStrictEqual({ status: after.status, spec: typed(after.object) }, { status: 200, spec: asClusterIp })
  })

  it("keeps the ports of nodes between the types that have them", () => {
    const session = made()
    patch(session, { type: "NodePort" })
    const ports = [
      { name: "w", port: 80 },
      { name: "v", port: 6380 }
    ]
    const { spec } = patch(session, { type: "LoadBalancer", ports }).object as unknown as {
      readonly spec: { readonly ports: ReadonlyArray<{ readonly nodePort: number }> }
    }
    assert.deepStrictEqual(
      spec.ports.map(({ nodePort }) => nodePort),
      [30_001, 30_000]
    )
  })

  it("is refused what its type does not have, when it is asked for", () => {
    const session = made()
    for (const spec of [
      { externalTrafficPolicy: "Local" },
      { healthCheckNodePort: 31_000 },
      { allocateLoadBalancerNodePorts: true },
      { loadBalancerClass: "example.com/one" },
      { ports: [{ name: "v", port: 6379, nodePort: 30_500 }] },
      { type: "NodePort", ports: [{ name: "v", port: 6379, nodePort: 80 }] }
    ])
      assert.strictEqual(patch(session, spec).status, 422, JSON.stringify(spec))
  })
})
