/**
 * What upstream asks through `kubectl`, as commands of our two capabilities:
 * the same classes with less on the wire. No write names a precondition, no
 * node command names a process.
 */
import { Apply, PatchStatus } from "../../../src/domain/kube/Kubernetes.ts"
import { type ApiRequest, ContentType } from "../../../src/domain/kube/Wire.ts"
import { ReplicaOf } from "../../../src/domain/valkey/Valkey.ts"
import type { Exchange, Replies } from "../../../src/domain/valkey/Wire.ts"

/**
 * A merge patch of whatever is there under this name. What `kubectl apply` of
 * an object that was applied before comes to: fields that it never named stay.
 */
export class Merge extends Apply {
  override encode(): ApiRequest {
    return { ...super.encode(), query: {}, contentType: ContentType.merge }
  }
}

/** Takes or keeps the Lease without saying which one was read (`gungnir:W19`). */
export class MergeLease extends Merge {
  override encode(): ApiRequest {
    return { ...super.encode(), stamps: [{ path: ["spec", "renewTime"], value: "micros" }] }
  }
}

/** The status of whoever has this name now. */
export class MergeStatus extends PatchStatus {
  override encode(): ApiRequest {
    return { ...super.encode(), body: { status: this.status } }
  }
}

/** REPLICAOF host port by exec: whichever process is in the pod, and nobody else is dismissed. */
export class Follow extends ReplicaOf {
  override encode(): Exchange {
    const { address, lines, port } = super.encode()
    return { address, port, lines: lines.slice(1) }
  }
  override decode(replies: Replies) {
    return super.decode(typeof replies === "string" ? replies : [0, ...replies])
  }
}

/** REPLICAOF NO ONE by exec: nothing is verified before or after. */
export class FollowNobody extends Follow {
  override encode(): Exchange {
    return { ...super.encode(), lines: [["REPLICAOF", "NO", "ONE"]] }
  }
}
