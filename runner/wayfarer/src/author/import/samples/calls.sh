# What a team has in its runbook.
curl https://shop.example/health
curl -sSL --max-redirs 3 -H 'Accept: text/html' -A walker/1 -e https://a.example/ --compressed \
  "https://shop.example/?q=tea&page=2" | grep tea
curl -X PUT 'https://api.example/items/7' -H "Authorization: Bearer $API_TOKEN" -H 'Content-Type: application/json' -d '{"name": "tea", "secret": "hunter2-json"}'
curl -u ana:hunter2-basic -d user=ana -d password=hunter2-form --data-urlencode 'note=a b&c' http://shop.example/login
curl --json '{"a": [1, null]}' -m 2.5 --connect-timeout 1 --retry 2 -k -4 https://10.0.0.1:8443/x
curl -G -d q=tea --url-query 'page=2' https://shop.example/search -I
curl -b 'sid=hunter2-cookie' --resolve shop.example:8080:192.0.2.1,192.0.2.2 -x ana:hunter2-proxy@proxy.example:3128 --http1.1 shop.example:8080/cookie
curl "$BASE_URL/ping" --next 'https://ana:hunter2-url@shop.example/second' --next https://shop.example/third --oauth2-bearer hunter2-bearer
curl $'https://shop.example/say' --data-raw $'it\'s ${here}\n' -H 'content-type: text/plain' -H 'Accept:' -H 'X-Empty;'
curl -F file=@photo.png https://shop.example/photo
curl -d @body.json https://shop.example/file
curl 'https://shop.example/{a,b}/[1-3]'
curl --frobnicate https://shop.example/
curl --digest -u ana:hunter2-digest https://shop.example/
wget https://shop.example/
curl
