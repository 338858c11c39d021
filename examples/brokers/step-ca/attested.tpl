{{- $att := .Token.att -}}
{{- if ne .Token.ear_status "affirming" }}{{ fail "the token is not affirming" }}{{ end -}}
{{- if ne $att.tenant "acme" }}{{ fail "the token is of another tenant" }}{{ end -}}
{{- if ne $att.workload "llm-serving" }}{{ fail "the token is of another workload" }}{{ end -}}
{{- if not (has $att.tcb_status (list "UpToDate" "NotShown")) }}{{ fail "the platform is behind" }}{{ end -}}
{{- if ne $att.debug false }}{{ fail "the guest can be debugged" }}{{ end -}}
{{- if ne $att.simulated false }}{{ fail "the hardware is simulated" }}{{ end -}}

{{- /* RFC 7638: the key that is to be certified must be the one that the token names in cnf. SEC 1, 2.3.3: 4, x, y. */ -}}
{{- $point := .Insecure.CR.PublicKey.Bytes -}}
{{- $x := slice $point 1 33 | printf "%s" | b64enc | replace "+" "-" | replace "/" "_" | trimSuffix "=" -}}
{{- $y := slice $point 33 65 | printf "%s" | b64enc | replace "+" "-" | replace "/" "_" | trimSuffix "=" -}}
{{- $held := printf `{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}` $x $y | sha256sum -}}
{{- $named := printf "%s=" .Token.cnf.jkt | replace "-" "+" | replace "_" "/" | b64dec | printf "%x" -}}
{{- if ne $held $named }}{{ fail "the token names another key" }}{{ end -}}
{
  "subject": { "commonName": {{ toJson $att.workload }} },
  "dnsNames": [{{ printf "%s.models.example" $att.workload | toJson }}],
  "uris": [{{ printf "x509pop://models.example/workload/%s" $att.workload | toJson }}],
  "keyUsage": ["digitalSignature"],
  "extKeyUsage": ["serverAuth", "clientAuth"]
}
