-- Run once, by the superuser, when the database is made. The service's login cannot own anything, and the role that
-- its transactions run under cannot log in.
\set ON_ERROR_STOP on
\set owner_password `cat /run/secrets/owner-password`
\set login_password `cat /run/secrets/login-password`
CREATE ROLE assay_service NOLOGIN;
CREATE ROLE assay_owner LOGIN PASSWORD :'owner_password' IN ROLE assay_service;
CREATE ROLE assay_login LOGIN PASSWORD :'login_password' IN ROLE assay_service;
CREATE DATABASE assay OWNER assay_owner;
