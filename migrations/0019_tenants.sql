-- Up Migration

-- What the operator of the service noted about a tenant; its own admins need not see it.
ALTER TABLE tenants ADD COLUMN description text CHECK (description <> '');
