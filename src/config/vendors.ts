/**
 * How vendors are asked for documents. The variables that programs share (HTTPS_PROXY, NO_PROXY) are not read: where a
 * verifier goes for vendor documents is said to it alone.
 */
import { isLoopback } from './issuer.js';
import type { Variables } from './variables.js';

export interface VendorSettings {
  /** False: no vendor is asked; documents come with evidence or by import. */
  readonly fetch: boolean;
  /** Instead of the vendor's own address, by the names of the services; null: the vendor's own. */
  readonly bases: { readonly 'amd-kds': string | null; readonly 'intel-pcs': string | null };
  /** What the simulated realm asks for everything; null: it asks nobody and publishes by itself. */
  readonly simulated: string | null;
  /** Everything but the simulated vendors is reached through it; null: directly. */
  readonly proxy: string | null;
  /** PEM of authorities that are believed beside those of Node.js. */
  readonly authoritiesFile: string | null;
}

export function readVendorSettings(variables: Variables, simulatedVendors: boolean): VendorSettings {
  const simulated = readBase(variables, 'ASSAY_SIMULATED_VENDOR_URL');
  if (simulated !== null && !simulatedVendors) {
    variables.mistake(
      'ASSAY_SIMULATED_VENDOR_URL is asked by the simulated issuer alone: set ASSAY_SIMULATED_VENDORS too, or leave it out.',
    );
  }
  return {
    fetch: readSwitch(variables),
    bases: {
      'amd-kds': readBase(variables, 'ASSAY_AMD_KDS_URL'),
      'intel-pcs': readBase(variables, 'ASSAY_INTEL_PCS_URL'),
    },
    simulated,
    proxy: readProxy(variables),
    authoritiesFile: variables.file('ASSAY_VENDOR_CA_FILE'),
  };
}

function readSwitch(variables: Variables): boolean {
  const text = variables.value('ASSAY_VENDOR_FETCH') ?? 'on';
  if (text !== 'on' && text !== 'off') variables.mistake('ASSAY_VENDOR_FETCH must be on or off.');
  return text !== 'off';
}

function readBase(variables: Variables, name: string): string | null {
  const text = variables.value(name);
  const fault = text === null ? null : baseFault(text);
  if (fault !== null) variables.mistake(`${name} ${fault}`);
  return text;
}

/** Why a text cannot be where a service is, as the end of a sentence; null: it can. */
function baseFault(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return 'must be an https URL, for example https://pccs.example:8081.';
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return 'must be an https URL: over plain http anybody on the way could answer with last month’s documents.';
  }
  const canonical = url.pathname === '/' ? url.origin : `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  if (text !== canonical) {
    return `must be spelt as ${canonical}: no trailing slash, query, fragment, user name or uppercase host.`;
  }
  if (!/^(\/[A-Za-z0-9._~-]+)*\/?$/.test(url.pathname)) {
    return 'has a path with other characters than A-Z a-z 0-9 . _ ~ -.';
  }
  if (/\/(certification|vcek|vlek)(\/|$)/.test(url.pathname)) {
    return 'must end before the paths of the vendor’s own service, which begin with /sgx, /tdx, /vcek or /vlek.';
  }
  return null;
}

/** User name and password may be in it; they are for the proxy alone. */
function readProxy(variables: Variables): string | null {
  const text = variables.value('ASSAY_VENDOR_PROXY');
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isProxy =
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '';
  if (!isProxy) {
    variables.mistake(
      'ASSAY_VENDOR_PROXY must be the http or https URL of a proxy without a path, for example http://proxy.example:3128.',
    );
  }
  return text;
}
