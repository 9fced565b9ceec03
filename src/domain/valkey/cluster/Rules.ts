/**
 * What no single field of a ValkeyCluster can say: one table, enforced by the
 * API server as CEL and by the pure core (`gungnir:G02`).
 */
import {
  immutable,
  immutableOptional,
  lacksKeys,
  needs,
  onlyAtCreation,
  type Rule,
  shortName
} from "../../kube/Rule.ts"
import { label } from "../Labels.ts"

export const rules: ReadonlyArray<Rule> = [
  shortName(52, "pods, Services and labels are named after it"),
  immutable("spec.port"),
  immutable("spec.persistence.enabled"),
  immutableOptional("spec.persistence", "storageClassName"),
  needs("spec.tls", "enabled", "certSecretName"),
  lacksKeys("spec.labels", [label.name, label.instance, label.managedBy]),
  onlyAtCreation("spec", "restoreFrom")
]
