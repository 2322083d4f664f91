// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Asserts, VM} from "./Vm.sol";

/// @dev One golden file, read by key.
abstract contract Vectors is Asserts {
    string private _json;

    function load(string memory path) internal {
        _json = VM.readFile(path);
    }

    function number(string memory key) internal view returns (uint256) {
        return VM.parseJsonUint(_json, key);
    }

    function numbers(string memory key) internal view returns (uint256[] memory) {
        return VM.parseJsonUintArray(_json, key);
    }

    function word(string memory key) internal view returns (bytes32) {
        return VM.parseJsonBytes32(_json, key);
    }

    function words(string memory key) internal view returns (bytes32[] memory) {
        return VM.parseJsonBytes32Array(_json, key);
    }

    function data(string memory key) internal view returns (bytes memory) {
        return VM.parseJsonBytes(_json, key);
    }

    function text(string memory key) internal view returns (string memory) {
        return VM.parseJsonString(_json, key);
    }

    function account(string memory key) internal view returns (address) {
        return VM.parseJsonAddress(_json, key);
    }
}
