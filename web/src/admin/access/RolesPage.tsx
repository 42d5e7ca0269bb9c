import { Plus, Trash2 } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import type { AdminPageProps } from "../frame/pages";
import type { Column } from "../kit/DataTable";
import { FieldGroup } from "../kit/fields/Field";
import { TextField } from "../kit/fields/TextField";
import { ObjectPage } from "../kit/ObjectPage";
import { ObjectsPage } from "../kit/ObjectsPage";
import type { Entry, Sections } from "../kit/sections";
import { RightsFields } from "./RightsFields";
import { RoleGrants } from "./RoleGrants";

type Role = Sections["roles"];
type Permission = Entry<"roles">["permissions"][number];

const NOTHING: Permission = { may: [], on: [] };
const BLANK: Entry<"roles"> = { permissions: [NOTHING] };

/** Named sets of permissions. */
export function RolesPage({ name }: AdminPageProps) {
  return name === null ? <Roles /> : <Role name={name} />;
}

function inShort({ may, on }: Permission): string {
  return `${may.join(", ")} → ${on.join(", ")}`;
}

function Roles() {
  const { t } = useTranslation();
  const columns = useMemo<Column<Role>[]>(
    () => [
      { id: "description", title: t("roles.description"), value: (role) => role.entry.description ?? null },
      {
        id: "permissions",
        title: t("roles.permissions"),
        value: (role) => role.entry.permissions.map(inShort).join("; "),
        show: (role) => (
          <ul className="font-mono text-xs">
            {role.entry.permissions.map((permission) => (
              <li key={inShort(permission)}>{inShort(permission)}</li>
            ))}
          </ul>
        ),
        isExtra: true,
      },
    ],
    [t],
  );
  return (
    <ObjectsPage
      section="roles"
      kind="role"
      page="roles"
      title={t("roles.title")}
      about={t("roles.about")}
      add={t("roles.add")}
      empty={t("roles.empty")}
      columns={columns}
    />
  );
}

function Role({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <ObjectPage
      section="roles"
      kind="role"
      above={{ page: "roles", title: t("roles.title") }}
      name={name}
      newTitle={t("roles.add")}
      blank={BLANK}
      deleteHint={t("roles.deletion")}
      fields={({ entry, set }) => (
        <>
          <TextField
            label={t("roles.description")}
            path="description"
            value={entry.description ?? ""}
            onChange={(description) => set({ description })}
          />
          <Permissions permissions={entry.permissions} onChange={(permissions) => set({ permissions })} />
        </>
      )}
      more={(role) => <RoleGrants role={role.name} />}
    />
  );
}

interface PermissionsProps {
  permissions: readonly Permission[];
  onChange: (permissions: Permission[]) => void;
}

function Permissions({ permissions, onChange }: PermissionsProps) {
  const { t } = useTranslation();
  const put = (place: number, permission: Permission) => onChange(permissions.map((each, index) => (index === place ? permission : each)));
  return (
    <FieldGroup label={t("roles.permissions")} path="permissions">
      {permissions.map((permission, place) => (
        // Permissions have no names, and stand in their order.
        <div key={place} role="group" aria-label={t("roles.permission", { number: place + 1 })} className="mb-3 rounded-lg border border-border p-3">
          <RightsFields
            may={permission.may}
            on={permission.on}
            mayPath={`permissions[${place}].may`}
            onPath={`permissions[${place}].on`}
            onChange={(rights) => put(place, rights)}
          />
          {permissions.length > 1 ? (
            <Button look="danger" onClick={() => onChange(permissions.filter((_, index) => index !== place))}>
              <Trash2 size={14} aria-hidden />
              {t("roles.take", { number: place + 1 })}
            </Button>
          ) : null}
        </div>
      ))}
      <Button onClick={() => onChange([...permissions, NOTHING])}>
        <Plus size={14} aria-hidden />
        {t("roles.addPermission")}
      </Button>
    </FieldGroup>
  );
}
