/** Facts about objects that steps assert. */
import type { KubeObject } from "../../src/domain/kube/Object.ts"

export const ownedByUid = (object: KubeObject | undefined, uid: string): boolean => {
  const owners = object?.metadata.ownerReferences ?? []
  return (
    owners.length === 1 &&
    owners[0]!.uid === uid &&
    owners[0]!.controller === true &&
    owners[0]!.kind === "ValkeyCluster"
  )
}
