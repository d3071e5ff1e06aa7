// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"flag"
	"fmt"

	"handrail/helpdesk/hub"
)

// hubVoice says where voice is relayed, under "voice:" in hub.yaml.
type hubVoice struct {
	// Address is listened on with UDP and TCP; "off": people write to each other.
	Address string `yaml:"address"`
	// Public is the name or address by which terminals and volunteers reach it.
	Public string `yaml:"public"`
	// TLS is an address for offices that let out nothing but port 443, with the files of its certificate and key.
	TLS  string `yaml:"tls"`
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

func (v *hubVoice) flags(fs *flag.FlagSet) {
	fs.StringVar(&v.Address, "voice", "", "`address` at which voice is relayed, UDP and TCP; \"off\" for none (default \"127.0.0.1:8442\")")
	fs.StringVar(&v.Public, "voice-public", "", "`name` or address by which it is reached from outside, with a port if that is another (default: that of -voice)")
	fs.StringVar(&v.TLS, "voice-tls", "", "`address` for voice inside TLS, where offices let nothing else out: \":443\"")
	fs.StringVar(&v.Cert, "voice-cert", "", "`file` of its certificate")
	fs.StringVar(&v.Key, "voice-key", "", "`file` of its key")
}

// over gives what was said on the command line before what stands in the file.
func (v hubVoice) over(file hubVoice) hubVoice {
	for _, p := range []struct{ to, from *string }{
		{&v.Address, &file.Address}, {&v.Public, &file.Public}, {&v.TLS, &file.TLS}, {&v.Cert, &file.Cert}, {&v.Key, &file.Key},
	} {
		if *p.to == "" {
			*p.to = *p.from
		}
	}
	return v
}

// open listens; nil without an error when voice is off.
func (v hubVoice) open() (*hub.Relay, error) {
	if v.Address == "off" {
		return nil, nil
	}
	o := hub.RelayOptions{Addr: v.Address, Public: v.Public, TLSAddr: v.TLS}
	if v.TLS != "" {
		pair, err := tls.LoadX509KeyPair(v.Cert, v.Key)
		if err != nil {
			return nil, fmt.Errorf("voice: -voice-tls needs -voice-cert and -voice-key: %w", err)
		}
		o.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	return hub.NewRelay(o)
}
